"""An optional trained support model that reads sentences against their quotes; off unless `[answers] support_model` names one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingest.errors import WriterUnavailable, first_line

if TYPE_CHECKING:
    from lettucedetect.models.inference import HallucinationDetector


class SupportModel:
    """A token classifier of LettuceDetect (Kovács and Recski 2025), by name or folder; loaded when it is first used.

    It marks the tokens of a statement that its context does not bear out. Published models read English: the 17M TinyLettuce
    reaches F1 68.5 on RAGTruth by its authors' account.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._model: HallucinationDetector | None = None

    def supports(self, statement: str, quotes: Sequence[str]) -> bool:
        """Whether the model marks no token of the statement. Raises `WriterUnavailable` when it cannot be loaded."""
        if self._model is None:
            self._model = self._load()
        tokens = self._model.predict(context=list(quotes), answer=statement, output_format="tokens")
        return not any(token["pred"] == 1 for token in tokens)

    def _load(self) -> "HallucinationDetector":
        try:
            from lettucedetect.models.inference import HallucinationDetector

            return HallucinationDetector(method="transformer", model_path=self._name)
        except ImportError as error:
            raise WriterUnavailable(
                f"The support model {self._name} needs a package that is not installed: {first_line(error)}. Install "
                "groundwork-study[support], or set [answers] support_model in study.toml to nothing."
            ) from error
        except (OSError, ValueError) as error:
            raise WriterUnavailable(
                f"The support model {self._name} cannot be loaded: {first_line(error)} Set [answers] support_model in "
                "study.toml to the name or folder of a LettuceDetect model that is on this machine, or to nothing."
            ) from error
