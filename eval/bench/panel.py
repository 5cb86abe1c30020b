"""What readers make of the bank: `python -m eval.bench.panel SHEET.jsonl… --shown ITEMS.txt… [--items] [--json]`.

`--draw 100 --seed 1` prints items for readers, options shuffled, without keys. Each sheet is one reader of such items: JSON lines
with `id`, `answer` and `weighed` (letters as printed), `confidence` (0 to 1), `second_key` (an option that is as right) and
`fault`. Beside them stand rules that see the options alone: what they find, form gives away. An item is hard enough when every
reader weighed two options, and clean when none found a second right one.
"""

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from assistant.practice.bank import QuestionRow, load_rows
from assistant.practice.questions import LETTERS, QuestionKind
from assistant.syllabus import Syllabus, load_syllabus
from eval.bench.bank import options_naming
from ingest.errors import EvaluationError, StudyError
from ingest.settings import StrictModel

Shown = dict[str, dict[str, str]]
CHANGED = " (changed since)"
_OPTION = re.compile(r"^([A-F])\. (.+)$", re.MULTILINE)
TEMPTED = 2
"""Options weighed from which an item makes its reader think."""


class Reading(StrictModel):
    """What one reader made of one item."""

    id: str
    answer: tuple[str, ...]
    weighed: tuple[str, ...] = ()
    confidence: float = Field(default=1.0, ge=0, le=1)
    second_key: str = ""
    fault: str = ""

    @property
    def considered(self) -> frozenset[str]:
        """The options weighed, the answer among them."""
        return frozenset(self.weighed) | frozenset(self.answer)


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """One reader's sheet in numbers; shares are 0 to 1."""

    reader: str
    items: int
    right: float
    confidence: float
    weighed: float
    tempted: float
    second_keys: int
    faults: int


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item over all readers that saw it: fewest options weighed, who was right, and what was found against it."""

    id: str
    key: str
    answers: tuple[str, ...]
    right: int
    readers: int
    fewest_weighed: int
    second_keys: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """What is to be done with the item."""
        if self.second_keys:
            return "second key"
        if self.right < self.readers:
            return "wrong"
        return "ships" if self.fewest_weighed >= TEMPTED else "too easy"


@dataclass(frozen=True, slots=True)
class PanelTable:
    """All sheets together; shares are of the items that were read."""

    readers: tuple[ReaderRow, ...]
    items: tuple[ItemRow, ...]
    right: float
    weighed: float
    tempted_by_all: float
    second_keys: int
    gone: int
    verdicts: dict[str, int]
    baselines: dict[str, float]


def read_sheet(path: Path) -> list[Reading]:
    """One reader's sheet; raises `EvaluationError` naming the line that is wrong."""
    try:
        rows = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror}. Give sheets as JSON lines.") from error
    found = []
    for number, line in enumerate(rows, start=1):
        try:
            found.append(Reading.model_validate_json(line))
        except ValidationError as error:
            said = str(error.errors()[0]["msg"])
            raise EvaluationError(f"{path.name}, line {number} is no reading: {said}. Correct it.") from error
    return found


def draw_items(rows: Sequence[QuestionRow], count: int, seed: int) -> str:
    """Items as readers see them: stem and shuffled options, without keys; same seed, same text."""
    chance = random.Random(seed)
    parts = []
    for row in chance.sample(list(rows), min(count, len(rows))):
        texts = chance.sample([choice.text for choice in row.choices], len(row.choices))
        options = "\n".join(f"{letter}. {text}" for letter, text in zip(LETTERS, texts, strict=False))
        parts.append(f"### {row.id}\n{row.prompt.strip()}\n{options}\n")
    return "\n".join(parts)


def read_shown(path: Path) -> Shown:
    """The options by letter of each item as it was shown to readers; raises `EvaluationError` when the file cannot be read."""
    try:
        blocks = path.read_text(encoding="utf-8").split("### ")[1:]
    except OSError as error:
        raise EvaluationError(
            f"{path} cannot be read: {error.strerror}. Give the items as they were printed."
        ) from error
    return {block.split("\n", 1)[0].strip(): dict(_OPTION.findall(block)) for block in blocks}


def in_bank_order(sheet: Sequence[Reading], shown: Shown, rows: Sequence[QuestionRow]) -> list[Reading]:
    """The sheet with the letters that its options have in the bank; items whose options were changed since get a name aside."""
    letters = {
        row.id: {choice.text: letter for letter, choice in zip(LETTERS, row.choices, strict=False)} for row in rows
    }
    return [_in_bank_order(one, shown.get(one.id, {}), letters.get(one.id, {})) for one in sheet]


def _in_bank_order(one: Reading, shown: Mapping[str, str], letters: Mapping[str, str]) -> Reading:
    put = {letter: letters[text] for letter, text in shown.items() if text in letters}
    if not shown or len(put) < len(letters):
        return one.model_copy(update={"id": f"{one.id}{CHANGED if shown else ''}"})
    given = {"answer": one.answer, "weighed": one.weighed}
    mapped = {name: tuple(put.get(letter, letter) for letter in told) for name, told in given.items()}
    return one.model_copy(update=mapped | {"second_key": put.get(one.second_key, one.second_key)})


def panel_table(sheets: Mapping[str, Sequence[Reading]], rows: Sequence[QuestionRow], syllabus: Syllabus) -> PanelTable:
    """The table of some readers' sheets over the bank; items that left the bank since are counted and left out.

    Raises `EvaluationError` when no reading is of an item of the bank.
    """
    keys = {row.id: key_of(row) for row in rows}
    gone = {one.id for sheet in sheets.values() for one in sheet} - keys.keys()
    sheets = {name: [one for one in sheet if one.id in keys] for name, sheet in sheets.items()}
    readings = [one for sheet in sheets.values() for one in sheet]
    if not readings:
        raise EvaluationError("The sheets hold no reading of an item of the bank. Give JSON lines with id and answer.")
    items = _item_rows(readings, keys)
    seen = [row for row in rows if row.id in {one.id for one in readings}]
    return PanelTable(
        readers=tuple(_reader_row(name, sheet, keys) for name, sheet in sheets.items() if sheet),
        items=items,
        right=_mean([set(one.answer) == keys[one.id] for one in readings]),
        weighed=_mean([len(one.considered) for one in readings]),
        tempted_by_all=_mean([item.fewest_weighed >= TEMPTED for item in items]),
        second_keys=sum(bool(item.second_keys) for item in items),
        gone=len(gone),
        verdicts=dict(Counter(item.verdict for item in items)),
        baselines=baselines(seen, rows, syllabus),
    )


def key_of(row: QuestionRow) -> set[str]:
    """Letters of the right options."""
    return {letter for letter, choice in zip(LETTERS, row.choices, strict=False) if choice.correct}


def _reader_row(name: str, sheet: Sequence[Reading], keys: Mapping[str, set[str]]) -> ReaderRow:
    return ReaderRow(
        reader=name,
        items=len(sheet),
        right=_mean([set(one.answer) == keys[one.id] for one in sheet]),
        confidence=_mean([one.confidence for one in sheet]),
        weighed=_mean([len(one.considered) for one in sheet]),
        tempted=_mean([len(one.considered) - len(keys[one.id]) + 1 >= TEMPTED for one in sheet]),
        second_keys=sum(bool(one.second_key) for one in sheet),
        faults=sum(bool(one.fault) for one in sheet),
    )


def _item_rows(readings: Sequence[Reading], keys: Mapping[str, set[str]]) -> tuple[ItemRow, ...]:
    by_item: dict[str, list[Reading]] = {}
    for one in readings:
        by_item.setdefault(one.id, []).append(one)
    return tuple(_item_row(name, found, keys[name]) for name, found in sorted(by_item.items()))


def _item_row(name: str, found: Sequence[Reading], key: set[str]) -> ItemRow:
    """Of a multiple-select item only what was weighed beyond the number of keys is a temptation."""
    beyond = len(key) - 1
    return ItemRow(
        id=name,
        key="".join(sorted(key)),
        answers=tuple("".join(sorted(one.answer)) for one in found),
        right=sum(set(one.answer) == key for one in found),
        readers=len(found),
        fewest_weighed=min(len(one.considered) - beyond for one in found),
        second_keys=tuple(one.second_key for one in found if one.second_key),
        faults=tuple(one.fault for one in found if one.fault),
    )


def baselines(seen: Sequence[QuestionRow], bank: Sequence[QuestionRow], syllabus: Syllabus) -> dict[str, float]:
    """Share of single-choice keys that rules find which see the options alone; of options that tie, one is guessed."""
    singles = [row for row in seen if row.kind is QuestionKind.SINGLE]
    shares = _product_shares(bank, syllabus)
    rules: dict[str, Callable[[QuestionRow], list[float]]] = {
        "guessing": lambda row: [0.0 for _ in row.choices],
        "longest option": lambda row: [float(len(choice.text)) for choice in row.choices],
        "shortest option": lambda row: [-float(len(choice.text)) for choice in row.choices],
        "most frequent product": shares,
    }
    return {name: _mean([_found(rule(row), row) for row in singles]) for name, rule in rules.items()}


def _product_shares(bank: Sequence[QuestionRow], syllabus: Syllabus) -> Callable[[QuestionRow], list[float]]:
    """Scores options by how often what they name is right in all other items of the bank."""
    naming = options_naming(syllabus)
    named = {row.id: [(naming(choice), choice.correct) for choice in row.choices] for row in bank}
    right, total = Counter[str](), Counter[str]()
    for options in named.values():
        for names, correct in options:
            total.update(names)
            right.update(names if correct else ())

    def score(row: QuestionRow) -> list[float]:
        own_total, own_right = Counter[str](), Counter[str]()
        for names, correct in named[row.id]:
            own_total.update(names)
            own_right.update(names if correct else ())
        others = {one: (right[one] - own_right[one] + 1) / (total[one] - own_total[one] + 4) for one in own_total}
        return [max((others[one] for one in names), default=0.25) for names, _ in named[row.id]]

    return score


def _found(scores: Sequence[float], row: QuestionRow) -> float:
    """Probability that the best-scored option is the key."""
    best = [at for at, score in enumerate(scores) if score == max(scores)]
    return sum(row.choices[at].correct for at in best) / len(best)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def lines(table: PanelTable, *, items: bool) -> list[str]:
    """The table as lines of text."""
    heads = (
        f"{'items':>5} {'right':>6} {'conf.':>6} {'weighed':>7} {'two or more':>11} {'second key':>10} {'faults':>6}"
    )
    rows = [f"{'reader':<16} {heads}"]
    rows += [
        f"{one.reader:<16} {one.items:>5} {one.right:>6.0%} {one.confidence:>6.2f} {one.weighed:>7.2f} {one.tempted:>11.0%} "
        f"{one.second_keys:>10} {one.faults:>6}"
        for one in table.readers
    ]
    rows += [
        f"together: {table.right:.1%} right, {table.weighed:.2f} options weighed, {table.tempted_by_all:.0%} of "
        f"{len(table.items)} items with two or more weighed by every reader, {table.second_keys} with a second key"
        + (f", {table.gone} items are no longer in the bank" if table.gone else ""),
        f"verdicts: {', '.join(f'{count} {name}' for name, count in sorted(table.verdicts.items()))}",
        "from the options alone: " + ", ".join(f"{name} {share:.0%}" for name, share in table.baselines.items()),
    ]
    shown = [one for one in table.items if items or one.verdict != "ships"]
    return rows + [
        f"{one.id:<28} {one.verdict:<10} key {one.key}  answers {' '.join(one.answers)}  fewest weighed {one.fewest_weighed}"
        + (f"  second key {' '.join(one.second_keys)}" if one.second_keys else "")
        for one in shown
    ]


def main() -> None:
    """Print the table; without `--items` only the items that do not ship."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheets", type=Path, nargs="*")
    parser.add_argument("--shown", type=Path, nargs="+", default=[], help="the items as the readers saw them")
    parser.add_argument("--draw", type=int, help="print this many items for readers instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--items", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    try:
        sys.stdout.write(_said(asked) + "\n")
    except StudyError as error:
        sys.exit(str(error))


def _said(asked: argparse.Namespace) -> str:
    rows = load_rows()
    if asked.draw:
        return draw_items(rows, asked.draw, asked.seed)
    shown = {name: options for path in asked.shown for name, options in read_shown(path).items()}
    sheets = {path.stem: in_bank_order(read_sheet(path), shown, rows) for path in asked.sheets}
    table = panel_table(sheets, rows, load_syllabus())
    return json.dumps(asdict(table), ensure_ascii=False) if asked.json else "\n".join(lines(table, items=asked.items))


if __name__ == "__main__":
    main()
