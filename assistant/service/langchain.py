"""The calls for LangChain users: a runnable from question to checked answer, and tools that an agent of theirs can call."""

from typing import Any

from langchain_core.runnables import Runnable, RunnableLambda
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from assistant.service.answers import AskResult
from assistant.service.service import Service
from ingest.errors import StudyError


class SearchInput(BaseModel):
    """What the search tool takes."""

    query: str = Field(description="A question or a few words.")
    k: int = Field(default=5, ge=1, le=50, description="Most passages.")


class QuestionInput(BaseModel):
    """What the answer tool takes."""

    question: str = Field(description="One question, in the learner's words.")


class CheckInput(BaseModel):
    """What the check tool takes."""

    text: str = Field(description="Sentences to check, with or without citations.")


def as_runnable(service: Service, *, writer: str | None = None, section: int | None = None) -> Runnable[str, AskResult]:
    """A question in, an answer whose every citation was checked out; composes with `|`, `batch` and `ainvoke`."""

    def answer(question: str) -> AskResult:
        return service.ask(question, writer=writer, section=section)

    return RunnableLambda(answer, name="groundwork")


def as_tools(service: Service) -> list[BaseTool]:
    """Search, answer and check as tools; each returns the JSON object of the command line, a fault as its sentence."""

    def search(query: str, k: int = 5) -> dict[str, Any]:
        return service.search(query, k=k).as_json()

    def ask(question: str) -> dict[str, Any]:
        return service.ask(question, writer="quotes").as_json()

    def check(text: str) -> dict[str, Any]:
        return service.check(text).as_json()

    return [
        _tool(
            search,
            "search_study_material",
            "Passages of the learner's study material, each with its place.",
            SearchInput,
        ),
        _tool(
            ask,
            "ask_study_material",
            "An answer in quotes of the study material, or that it is not there.",
            QuestionInput,
        ),
        _tool(
            check, "check_against_study_material", "Each sentence: supported, not supported, contradicted.", CheckInput
        ),
    ]


def _tool(call: Any, name: str, description: str, takes: type[BaseModel]) -> BaseTool:
    def told(**arguments: Any) -> dict[str, Any]:
        try:
            return dict(call(**arguments))
        except StudyError as error:
            return {"error": str(error)}

    return StructuredTool.from_function(told, name=name, description=description, args_schema=takes)
