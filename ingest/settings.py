"""Where a user's data lives and how `study.toml` is read; knows only the settings of ingest."""

import os
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.errors import SettingsError

Model = TypeVar("Model", bound=BaseModel)

DEFAULT_EMBEDDING = "all-MiniLM-L6-v2"


class StrictModel(BaseModel):
    """A table of `study.toml`: unknown keys are errors, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EmbeddingSettings(StrictModel):
    """`[embedding]`: which sentence-transformers model turns text into vectors."""

    model: str = DEFAULT_EMBEDDING
    """The packaged model's name, any sentence-transformers name, or a folder."""


class IndexSettings(StrictModel):
    """`[index]`: where Chroma keeps the chunks."""

    url: str | None = None
    """A Chroma server such as `http://localhost:8000`; without it Chroma runs inside the process."""
    tenant: str = ""
    """The tenant of a server or of Chroma Cloud; empty for the default one."""
    database: str = ""
    collection: str = Field(default="groundwork", pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{1,100}[a-zA-Z0-9]$")


class ReadingSettings(StrictModel):
    """`[reading]`: bounds on what one file may hold, so that a hostile file cannot stop the rest."""

    max_megabytes: int = Field(default=200, ge=1)
    max_pages: int = Field(default=5000, ge=1)
    max_seconds: float = Field(default=120.0, gt=0)
    """Most time the reading of one file may take."""
    max_memory_megabytes: int = Field(default=4000, ge=500)
    """Most memory the reader of documents may take, where the platform can bound it."""
    max_expanded_megabytes: int = Field(default=1000, ge=1)
    """Most that an archive, or a document that is one inside, may hold when it is unpacked."""
    max_chunks: int = Field(default=30_000, ge=1)
    """Most pieces that one file may be cut into; two cores embed 20 to 60 of them in a second."""
    chunk_tokens: int = Field(default=200, ge=32, le=2000)
    """Most word pieces in a chunk; capped by what the embedding model reads."""


class IngestSettings(StrictModel):
    """The part of `study.toml` that ingest reads."""

    embedding: EmbeddingSettings = EmbeddingSettings()
    index: IndexSettings = IndexSettings()
    reading: ReadingSettings = ReadingSettings()


def find_home(home: Path | None = None) -> Path:
    """The folder of everything of the user's: the argument, else `STUDY_HOME`, else the platform's data folder."""
    chosen = home or os.environ.get("STUDY_HOME") or platformdirs.user_data_dir("groundwork", appauthor=False)
    return Path(chosen).expanduser().absolute()


def load_settings(home: Path, model: type[Model]) -> Model:
    """Read `study.toml` of a home into `model`.

    Raises `SettingsError` naming the file, the key and, where one is near, the key that was probably meant.
    """
    path = home / "study.toml"
    if not path.exists():
        return model()
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be read: {error.strerror}. It must be a file; move away what is there."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Correct the file or move it away.") from error
    except ValidationError as error:
        raise SettingsError(_explain(error, path, model)) from error


def _explain(error: ValidationError, path: Path, model: type[BaseModel]) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        return f"{path}: {key} is not usable: {first['msg']}. Correct the value or delete the line."
    known = _known_keys(model)
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
    return f"{path}: unknown key {key}. {hint}"


def _known_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            keys += _known_keys(inner, f"{prefix}{name}.")
        else:
            keys.append(prefix + name)
    return keys
