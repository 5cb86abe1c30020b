"""Asks a LangChain chat model for a filled form, within a time limit; errors of providers become sentences."""

from typing import TYPE_CHECKING, Any

from assistant.deadline import reply_in_time
from assistant.practice.author import Ask, NoForm, Schema
from ingest.errors import WriterUnavailable, first_line

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def structured(model: "BaseChatModel", name: str, seconds: float) -> Ask:
    """An `Ask` over a chat model's structured output; raises `WriterUnavailable` when the model fails or takes too long."""

    def ask(prompt: str, form: type[Schema]) -> Schema:
        said = _reply(model, name, seconds, prompt, form)
        parsed = said.get("parsed") if isinstance(said, dict) else said
        if not isinstance(parsed, form):
            raise NoForm
        return parsed

    return ask


def _reply(model: "BaseChatModel", name: str, seconds: float, prompt: str, form: type[Schema]) -> Any:
    try:
        asked = model.with_structured_output(form, include_raw=True)
        return reply_in_time(lambda: asked.invoke(prompt), seconds)
    except TimeoutError as error:
        raise WriterUnavailable(
            f"The model {name} took longer than {seconds:.0f} s for one step of a question. Raise [answers] seconds in "
            "study.toml, or make questions without it."
        ) from error
    except NotImplementedError as error:
        raise WriterUnavailable(
            f"The model {name} cannot fill forms, which writing questions needs. Choose another with --writer."
        ) from error
    except Exception as error:  # every provider raises its own kinds; this is the edge that calls them
        raise WriterUnavailable(
            f"The model {name} failed while it wrote a question: {first_line(error)}. Try again, or make questions without it."
        ) from error
