"""What all commands share: options, the session of a home, and printing."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from assistant.session import Session

Home = Annotated[Path | None, typer.Option("--home", help="Where your material and progress live (STUDY_HOME).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Section = Annotated[int | None, typer.Option("--section", help="Only this exam section, 1 to 6.")]
Objective = Annotated[str | None, typer.Option("--objective", help="Such as 4.1.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Same seed, same questions.")]


def session_of(home: Path | None) -> "Session":
    """The session of the home that was asked for."""
    from assistant.session import Session
    from ingest.settings import find_home

    return Session(find_home(home))


def say(text: str = "") -> None:
    """Print a line."""
    print(text)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object on one line."""
    print(json.dumps(value, ensure_ascii=False))


def seed_or_random(seed: int | None) -> int:
    """The seed, or a new one."""
    return int.from_bytes(os.urandom(4), "big") if seed is None else seed
