"""Every number that decides quality is on docs/numbers.md: fitted with its command, or set manually with its worth."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "numbers.md").read_text(encoding="utf-8")
DECIDING = ("assistant/question", "assistant/search", "assistant/reader", "assistant/checks")
"""Rooms in which every number of a module counts."""
ALSO = ("assistant/answer.py", "assistant/writers/quotes.py")
HOW = ("set manually", "bound")
_ROW = re.compile(r"^\| `([\w/.]+\.py)` (\w+) \| (\S+) \| ([\w ]+) \| ?(.*?) ?\|$", re.MULTILINE)
ROWS = {(path, name): (value, how, worth) for path, name, value, how, worth in _ROW.findall(PAGE)}


def numbers_of(path: Path) -> Iterator[tuple[str, float]]:
    """The named numbers of a module, without private ones."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name, value = node.targets[0].id, node.value
        if isinstance(value, ast.Constant) and type(value.value) in (int, float) and not name.startswith("_"):
            yield name, value.value


def deciding() -> dict[tuple[str, str], float]:
    paths = [path for room in DECIDING for path in (ROOT / room).rglob("*.py")] + [ROOT / one for one in ALSO]
    return {(path.relative_to(ROOT).as_posix(), name): value for path in paths for name, value in numbers_of(path)}


def test_every_deciding_number_is_on_the_page_with_its_value() -> None:
    found = deciding()
    assert len(found) > 40
    assert {key: value for key, value in found.items() if key not in ROWS or float(ROWS[key][0]) != value} == {}


def test_every_row_of_the_page_names_a_number_of_the_code() -> None:
    named = deciding()
    other = {key for key in ROWS if key not in named}
    assert all(key[0].startswith("eval/fit/") for key in other), other
    for path, name in other:
        assert re.search(rf"\b{name}\b[^=\n]*=.*\b{re.escape(ROWS[path, name][0])}\b", (ROOT / path).read_text("utf-8"))


def test_each_number_says_how_it_was_chosen_and_a_manual_one_what_it_is_worth() -> None:
    assert {how for _, how, _ in ROWS.values()} == set(HOW)
    assert [key for key, (_, how, worth) in ROWS.items() if how == "set manually" and not worth] == []


def test_every_file_of_fitted_numbers_has_a_command_that_exists() -> None:
    fitted = re.findall(r"^\| `([\w/.]+\.json)` \| .* \| `python -m ([\w.]+)", PAGE, re.MULTILINE)
    shipped = {path.relative_to(ROOT).as_posix() for path in (ROOT / "assistant").rglob("*.json")}
    assert {path for path, _ in fitted} == {path for path in shipped if not path.endswith("scores.json")}
    for path, module in fitted:
        assert json.loads((ROOT / path).read_text(encoding="utf-8"))
        at = ROOT / module.replace(".", "/")
        assert at.with_suffix(".py").is_file() or (at / "__main__.py").is_file()
