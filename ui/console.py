"""What all commands share: options, the session of a home, and printing."""

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from assistant.service.service import Service

_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
Home = Annotated[Path | None, typer.Option("--home", help="Where your material and progress live (STUDY_HOME).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Section = Annotated[int | None, typer.Option("--section", help="Only this exam section, 1 to 6.")]
Objective = Annotated[str | None, typer.Option("--objective", help="Such as 4.1.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Same seed, same questions.")]


def service_of(home: Path | None) -> "Service":
    """The calls of the program over the home that was asked for."""
    from assistant.service.service import Service

    return Service.open(home)


def say(text: str = "") -> None:
    """Print a line; nothing in it, of whatever document it is, can command the terminal."""
    print(plain(text))


def plain(text: str) -> str:
    """Text without the characters by which a terminal is told to do things; line ends and tabs stay."""
    return _COMMANDS.sub("\ufffd", text)


def print_json(value: dict[str, Any]) -> None:
    """Print one JSON object on one line."""
    print(json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode())


def seed_or_random(seed: int | None) -> int:
    """The seed, or a new one."""
    return int.from_bytes(os.urandom(4), "big") if seed is None else seed
