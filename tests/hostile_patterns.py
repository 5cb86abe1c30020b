"""Runs every regular expression of ingest and assistant over strings made to be slow for it; prints those that are.

A program of its own, so that its processor time can be bounded: `python -m tests.hostile_patterns SHARE [NAME-PART]`, where
SHARE is `all`, or n for one in n of the strings.
"""

import ast
import functools
import importlib
import itertools
import pkgutil
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from re import _parser as parser  # type: ignore[attr-defined]  # the only place that tells what a pattern is made of
from types import ModuleType

LENGTH = 40_000
SHORT = 10_000
SECONDS = 1.5
"""Of processor time for one string of `LENGTH`: a linear search takes a few hundredths, a quadratic one many seconds."""
SHORT_SECONDS = 0.04
"""For one of `SHORT`, above which the long one is tried."""
WHOLE_SECONDS = 1_500
"""Of processor time for the whole program."""
BOUNDED = {
    "assistant.checks.claims._FILE": 600,
    "assistant.practice.facts": 600,
    "assistant.service.scope": 300,
}
"""Patterns, and modules, that only read sentences, places or topics of at most so many characters."""
STAGES = ("ingest", "assistant")
CATEGORIES = {"digit": "7", "space": " \u00a0\n", "word": "a7_é", "not_space": "x", "not_word": "- .", "not_digit": "x"}
MOST_PAIRS = 40
Pattern = re.Pattern[str]


def patterns() -> dict[str, Pattern]:
    """Every compiled pattern by where it stands: held by a module, in a collection there, or written where it is used."""
    found: dict[str, Pattern] = {}
    for loaded in _modules():
        for name, value in vars(loaded).items():
            for at, pattern in enumerate(_held(value)):
                found[f"{loaded.__name__}.{name}[{at}]"] = pattern
        held = {pattern.pattern for name, pattern in found.items() if name.startswith(f"{loaded.__name__}.")}
        written = _written(loaded.__name__, Path(str(loaded.__file__)))
        found |= {name: pattern for name, pattern in written.items() if pattern.pattern not in held}
    return {name: pattern for name, pattern in found.items() if isinstance(pattern.pattern, str)}


@functools.cache
def _modules() -> list[ModuleType]:
    """Every module of the stages."""
    packages = [importlib.import_module(stage) for stage in STAGES]
    return [
        importlib.import_module(module.name)
        for package in packages
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]


def _held(value: object, depth: int = 0) -> Iterator[Pattern]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4 and isinstance(value, dict):
        yield from _held(list(value.items()), depth + 1)
    elif depth < 4 and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _held(one, depth + 1)
    elif depth < 4 and hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        yield from _held([getattr(value, name) for name in value.__dataclass_fields__], depth + 1)


def _written(module: str, path: Path) -> dict[str, Pattern]:
    """Patterns given as constants to `re.search` and its like."""
    found: dict[str, Pattern] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        used = (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "re"
        )
        if used and node.args and isinstance(node.args[0], ast.Constant):
            flags = re.MULTILINE if "MULTILINE" in ast.unparse(node) else 0
            found[f"{module}:{node.lineno}"] = re.compile(node.args[0].value, flags)
    return found


def characters(pattern: Pattern) -> list[str]:
    """Characters that the pattern asks for or leaves out, one or two for each class."""
    found: dict[str, None] = {}

    def walk(tree: object) -> None:
        for operation, argument in tree:  # type: ignore[attr-defined]
            name = str(operation).lower()
            if name in ("literal", "not_literal"):
                found[chr(argument)] = None
            elif name == "range":
                found[chr(argument[0])] = None
            elif name == "category":
                found.update(dict.fromkeys(CATEGORIES.get(str(argument).lower().removeprefix("category_"), "")))
            elif name == "any":
                found["x"] = None
            elif name == "in":
                walk(argument)
            elif name == "branch":
                for branch in argument[1]:
                    walk(branch)
            elif name in ("assert", "assert_not"):
                walk(argument[1])
            elif name in ("max_repeat", "min_repeat", "possessive_repeat"):
                walk(argument[2])
            elif name in ("subpattern", "atomic_group"):
                walk(argument[-1] if name == "subpattern" else argument)
            elif name == "groupref_exists":
                walk(argument[1])
                walk(argument[2] or [])

    walk(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))
    return list(found)[:60]


def samples(pattern: Pattern) -> list[str]:
    """Short texts that go some way into the pattern: each beginning of one that it matches, as its parts are written."""

    def spelled(tree: object) -> str:
        text = ""
        for operation, argument in tree:  # type: ignore[attr-defined]
            name = str(operation).lower()
            if name == "literal":
                text += chr(argument)
            elif name == "not_literal":
                text += "x" if argument != ord("x") else "y"
            elif name == "any":
                text += "x"
            elif name == "in":
                text += _of_class(argument)
            elif name == "category":
                text += CATEGORIES.get(str(argument).lower().removeprefix("category_"), "x")[0]
            elif name == "branch":
                text += spelled(argument[1][0])
            elif name in ("max_repeat", "min_repeat", "possessive_repeat"):
                text += spelled(argument[2]) * max(1, argument[0])
            elif name == "subpattern":
                text += spelled(argument[-1])
            elif name == "atomic_group":
                text += spelled(argument)
        return text

    whole = spelled(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))[:200]
    steps = range(1, len(whole) + 1) if len(whole) <= 12 else range(1, len(whole) + 1, max(1, len(whole) // 12))
    return list(dict.fromkeys([*(whole[:end] for end in steps), whole]))


def _of_class(members: list[tuple[object, object]]) -> str:
    tried = "ax7 -._#*|<>[](){}:;!?'\"`~\n\té•"
    only = [one for one in tried if _fits(one, members)]
    return only[0] if only else "a"


def _fits(character: str, members: list[tuple[object, object]]) -> bool:
    inside, wanted = False, True
    for operation, argument in members:
        name = str(operation).lower()
        if name == "negate":
            wanted = False
        elif name == "literal":
            inside |= ord(character) == argument
        elif name == "range":
            inside |= argument[0] <= ord(character) <= argument[1]  # type: ignore[index]
        elif name == "category":
            kind = str(argument).lower().removeprefix("category_")
            inside |= {
                "digit": character.isdigit(), "not_digit": not character.isdigit(),
                "space": character.isspace(), "not_space": not character.isspace(),
                "word": character.isalnum() or character == "_",
                "not_word": not (character.isalnum() or character == "_"),
            }.get(kind, False)  # fmt: skip
    return inside == wanted


def hostile(pattern: Pattern) -> Iterator[tuple[str, str, str]]:
    """Beginning, unit that is repeated, and end: one character, two in turn, a sample; behind nothing or behind a sample."""
    own = characters(pattern)
    starts = samples(pattern)
    units = [*own, *starts, *(one + other for one in own[:12] for other in own[:12] if one != other)][: 60 + MOST_PAIRS]
    for unit in dict.fromkeys(unit for unit in units if unit):
        for tail in ("", "\x00", "\n!"):
            yield "", unit, tail
    for start in starts:
        for character in dict.fromkeys([*own[:8], " ", "a", "\n", "-"]):
            yield start, character, "\x00"


def spelled_out(parts: tuple[str, str, str], length: int) -> str:
    start, unit, tail = parts
    return start + (unit * (length // len(unit) + 1))[:length] + tail


class _TooSlow(Exception):
    """One search used up its time."""


def _stop(number: int, frame: object) -> None:
    raise _TooSlow


def uses(pattern: Pattern, matched_only: bool) -> list[Callable[[str], object]]:
    return [pattern.match] if matched_only else [pattern.search, lambda text: pattern.sub("", text)]


def slow(name: str, pattern: Pattern, share: int) -> str:
    """The beginning of a string for which the pattern is slow; empty when there is none."""
    bounds = (bound for key, bound in BOUNDED.items() if re.match(rf"{re.escape(key)}(?![a-z])", name))
    longest = next(bounds, LENGTH)
    for use in uses(pattern, matched_only(name)):
        for parts in itertools.islice(hostile(pattern), 0, None, share):
            suspect = _takes(use, spelled_out(parts, min(SHORT, longest)), SHORT_SECONDS)
            if suspect and _takes(use, spelled_out(parts, longest), SECONDS):
                return repr(tuple(part[:30] for part in parts))
    return ""


def _takes(use: Callable[[str], object], text: str, seconds: float) -> bool:
    """Whether a search takes longer than that, of processor time; it is stopped then."""
    signal.signal(signal.SIGPROF, _stop)
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        use(text)
        signal.setitimer(signal.ITIMER_PROF, 0)  # here, where a signal that comes just now is still caught
    except _TooSlow:
        return True
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return False


def matched_only(name: str) -> bool:
    """Whether a module uses a pattern of its own at the beginning of a text alone, where a search would start everywhere."""
    if ":" in name:
        module, line = name.split(":")
        source = Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8").splitlines()[int(line) - 1]
        return "re.match(" in source or "re.fullmatch(" in source
    module, _, held = name.rpartition(".")
    constant = held.split("[")[0]
    readers = [sys.modules[module]] if constant.startswith("_") else _modules()
    texts = [Path(str(reader.__file__)).read_text(encoding="utf-8") for reader in readers]
    called = {call for text in texts for call in re.findall(rf"\b{re.escape(constant)}\.(\w+)\(", text)}
    return bool(called) and called <= {"match", "fullmatch"}


def main() -> None:
    """Print how many patterns there are, and a line for each that is slow."""
    resource.setrlimit(resource.RLIMIT_CPU, (WHOLE_SECONDS, WHOLE_SECONDS))
    share = 1 if sys.argv[1] == "all" else int(sys.argv[1])
    chosen = {name: one for name, one in patterns().items() if all(part in name for part in sys.argv[2:])}
    sys.stdout.write(f"{len(chosen)} patterns\n")
    for name, pattern in chosen.items():
        if said := slow(name, pattern, share):
            sys.stdout.write(f"SLOW {name}: {pattern.pattern[:80]!r} on {said}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
