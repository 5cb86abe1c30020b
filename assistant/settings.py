"""The whole of `study.toml`: what ingest reads, and what the assistant adds to it."""

from enum import StrEnum
from pathlib import Path

import tomlkit
from pydantic import Field

from ingest.settings import IngestSettings, StrictModel


class JudgeChoice(StrEnum):
    """Whether the chat model that wrote a sentence is asked once more if its quotes say it."""

    AUTO = "auto"
    """For chat models, not for the local one, which takes seconds a sentence (docs/decisions/0032)."""
    ALWAYS = "always"
    NEVER = "never"


class AnswerSettings(StrictModel):
    """`[answers]`: who writes, and when to refuse."""

    writer: str = "auto"
    """`auto`, `quotes`, `local`, or a chat model as `provider:model`."""
    chat: str = ""
    """A chat model as `provider:model`, for example `google_genai:gemini-3-flash`, that `auto` prefers when it works."""
    refuse_below: float | None = Field(default=None, ge=0.0, le=1.0)
    """Refuse when the probability that the material answers is lower; without it the fitted limit holds."""
    seconds: float = Field(default=120.0, gt=0)
    """Most time a model may take for one answer."""
    judge: JudgeChoice = JudgeChoice.AUTO
    support_model: str = ""
    """Name or folder of a LettuceDetect model that reads a model's sentences against their quotes; empty for none."""
    reranker: str = ""
    """Name or path of a sentence-transformers `CrossEncoder` that reads the 20 best chunks again; empty for none."""


class LocalSettings(StrictModel):
    """`[local]`: the language model that runs on this machine."""

    model: str = ""
    """Path of a GGUF file; empty for the packaged Qwen2.5-Coder-1.5B-Instruct."""
    threads: int = Field(default=0, ge=0)
    """0 for all cores."""


class ProgressSettings(StrictModel):
    """`[progress]`: where sittings and attempts are kept, and whose they are."""

    url: str = ""
    """A database as SQLAlchemy writes it, such as `postgresql+psycopg://host/study`; empty for a file in the home."""
    learner: str = Field(default="me", min_length=1, max_length=200)
    """Whose progress this is, where several learners share a database."""


class ExamSettings(StrictModel):
    """`[exam]`: which exam guide you study for."""

    guide: str = ""
    """`3.1` or `2026-06`; empty for the guide in force."""


class Settings(IngestSettings):
    """All tables of `study.toml`."""

    answers: AnswerSettings = AnswerSettings()
    local: LocalSettings = LocalSettings()
    progress: ProgressSettings = ProgressSettings()
    exam: ExamSettings = ExamSettings()

    def of_person(self, key: str) -> "Settings":
        """The same for one of the people of a server: a collection and a learner of their own in databases that are shared.

        What is in a person's own folder has the usual names, so that the folder can be opened as any other.
        """
        index, progress = self.index, self.progress
        if index.url is not None:
            index = index.model_copy(update={"collection": f"{index.collection[:80]}-{key}"})
        if progress.url:
            progress = progress.model_copy(update={"learner": key})
        return self.model_copy(update={"index": index, "progress": progress})


def save_writer(home: Path, name: str) -> None:
    """Set `[answers] writer` in a home's `study.toml` and leave everything else in the file as it is."""
    _save(home, "answers", "writer", name)


def save_guide(home: Path, name: str) -> None:
    """Set `[exam] guide` in a home's `study.toml` and leave everything else in the file as it is."""
    _save(home, "exam", "guide", name)


def _save(home: Path, table: str, key: str, value: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    path = home / "study.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    document.setdefault(table, tomlkit.table())[key] = value
    draft = path.with_suffix(".partial")
    draft.write_text(tomlkit.dumps(document), encoding="utf-8")
    draft.replace(path)
