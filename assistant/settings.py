"""The whole of `study.toml`: what ingest reads, and what the assistant adds to it."""

from enum import StrEnum
from pathlib import Path

import tomlkit
from pydantic import Field

from ingest.settings import IngestSettings, StrictModel


class JudgeChoice(StrEnum):
    """Whether the chat model that wrote a sentence is asked once more if its quotes say it."""

    AUTO = "auto"
    """For chat models, not for the local one, which takes seconds a sentence (DECISIONS.md, "What a check is worth")."""
    ALWAYS = "always"
    NEVER = "never"


class AnswerSettings(StrictModel):
    """`[answers]`: who writes, and when to refuse."""

    writer: str = "auto"
    """`auto`, `quotes`, `local`, or a chat model as `provider:model`."""
    chat: str = ""
    """A chat model as `provider:model`, for example `google_genai:gemini-3-flash`, that `auto` prefers when it works."""
    refuse_below: float = Field(default=0.3, ge=0.0, le=1.0)
    """Refuse when the calibrated probability that the material answers is lower."""
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


class Settings(IngestSettings):
    """All tables of `study.toml`."""

    answers: AnswerSettings = AnswerSettings()
    local: LocalSettings = LocalSettings()
    progress: ProgressSettings = ProgressSettings()


def save_writer(home: Path, name: str) -> None:
    """Set `[answers] writer` in a home's `study.toml` and leave everything else in the file as it is."""
    path = home / "study.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    answers = document.setdefault("answers", tomlkit.table())
    answers["writer"] = name
    draft = path.with_suffix(".partial")
    draft.write_text(tomlkit.dumps(document), encoding="utf-8")
    draft.replace(path)
