"""How many planted changes `study doctor --corpus --against` finds: `python -m eval.bench.official FOLDER [SEED]`.

Changes numbers, names and dates in copies of official pages, half of them in the one line that a statement rests on and half
wherever they stand, and counts the false alarms on unchanged copies, on changes elsewhere and on reworded copies.
"""

import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.official.compare import Anchors, Comparer, load_anchors
from assistant.official.copies import Copies
from assistant.official.details import Detail, DetailKind
from assistant.official.statements import Statement, shipped_statements
from assistant.practice.bank import load_bank
from assistant.syllabus import load_syllabus

COUNT = 200
SHARES = {DetailKind.NUMBER: 0.5, DetailKind.NAME: 0.3, DetailKind.DATE: 0.2}
LEAST_SHARED = 3
"""Words that a line must share with a statement to count as what it rests on."""
_WORD = re.compile(r"[a-z]{4,}")
_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w-])")
_LINK = re.compile(r"\]\([^)]*\)|https?://\S+")
_REWORDED = (
    (r"\bYou can\b", "It is possible to"),
    (r"\byou can\b", "one may"),
    (r"\bthe following\b", "these"),
    (r"\bthe \b", ""),
)


@dataclass(frozen=True, slots=True)
class Plant:
    """A detail of a statement to be changed on a page: in one line, or everywhere where `line` is None."""

    statement: Statement
    address: str
    detail: Detail
    line: int | None


def spans_of(line: str, detail: Detail) -> list[tuple[int, int]]:
    """Where a detail stands in a line, outside links."""
    links = [found.span() for found in _LINK.finditer(line)]
    if detail.kind is DetailKind.NUMBER:
        found = [one.span() for one in _NUMBER.finditer(line) if _value(one[0]) == detail.value]
    else:
        found = [one.span() for one in re.finditer(rf"(?<![\w-]){re.escape(detail.written)}(?![\w-])", line)]
    return [(start, end) for start, end in found if not any(a <= start < b for a, b in links)]


def _value(number: str) -> str:
    bare = number.replace(",", "")
    return bare.rstrip("0").rstrip(".") if "." in bare else bare


def find_plants(comparer: Comparer, copies: Copies, *, seed: int, count: int = COUNT) -> list[Plant]:
    """Details that statements rest on: each stands in a line that shares words with its statement, the most of all lines."""
    draw = random.Random(seed)
    places = [(address, one) for address, citing in comparer.by_address.items() if address in copies for one in citing]
    draw.shuffle(places)
    room = Counter({kind: round(share * count) for kind, share in SHARES.items()})
    plants: list[Plant] = []
    seen: set[tuple[str, str]] = set()
    for spare in (False, True):
        for address, statement in places:
            for detail in comparer.details(statement):
                full = len(plants) >= count if spare else room[detail.kind] <= 0
                if full or (address, detail.key) in seen:
                    continue
                line = _rests_on(statement, detail, copies.text(address).splitlines())
                if line is not None:
                    seen.add((address, detail.key))
                    room[detail.kind] -= 1
                    plants.append(Plant(statement, address, detail, line if len(plants) % 2 else None))
    return plants[:count]


def _rests_on(statement: Statement, detail: Detail, lines: Sequence[str]) -> int | None:
    wanted = set(_WORD.findall(statement.text.lower()))
    shared = {
        at: len(wanted & set(_WORD.findall(_LINK.sub("", line).lower())))
        for at, line in enumerate(lines)
        if at > _front(lines) and spans_of(line, detail)
    }
    best = max(shared, key=lambda at: shared[at], default=None)
    return best if best is not None and shared[best] >= LEAST_SHARED else None


def _front(lines: Sequence[str]) -> int:
    """The line that ends the front matter."""
    return lines.index("---", 1) if lines[:1] == ["---"] and "---" in lines[1:] else -1


def planted(text: str, plant: Plant, draw: random.Random) -> str:
    """The page with the detail changed."""
    put = _changed(plant.detail, draw)
    lines = text.splitlines()
    for at in range(len(lines)) if plant.line is None else [plant.line]:
        for start, end in reversed(spans_of(lines[at], plant.detail)) if at > _front(lines) else ():
            lines[at] = lines[at][:start] + put + lines[at][end:]
    return "\n".join(lines)


def _changed(detail: Detail, draw: random.Random) -> str:
    if detail.kind is DetailKind.NUMBER:
        return f"{float(detail.value) * draw.choice([2, 3, 5]) + 7:g}"
    if detail.kind is DetailKind.DATE:
        return f"{draw.choice(['March', 'May', 'July'])} {draw.randint(1, 28)}, {draw.choice([2028, 2029])}"
    return draw.choice(["Quarzal", "Norvex", "Tilbrook", "HALVERN_3"])


def found_share(comparer: Comparer, copies: Copies, anchors: Anchors, plants: Sequence[Plant], seed: int) -> list[bool]:
    """For each planted change whether it is reported."""
    draw = random.Random(seed)
    return [
        any(
            one.detail.key == plant.detail.key
            for one in comparer.lost_from(plant.address, planted(copies.text(plant.address), plant, draw), anchors)
        )
        for plant in plants
    ]


def alarms_elsewhere(comparer: Comparer, copies: Copies, anchors: Anchors, seed: int) -> Iterator[bool]:
    """For changed numbers in lines that no statement shares words with: whether anything is reported."""
    draw = random.Random(seed)
    addresses = [address for address in comparer.by_address if address in copies]
    for address in draw.choices(addresses, k=COUNT):
        words = [set(_WORD.findall(one.text.lower())) for one in comparer.by_address[address]]
        lines = copies.text(address).splitlines()
        far = [
            at
            for at, line in enumerate(lines)
            if _NUMBER.search(_LINK.sub("", line))
            and all(len(one & set(_WORD.findall(line.lower()))) < LEAST_SHARED for one in words)
        ]
        if far:
            at = draw.choice(far)
            lines[at] = _NUMBER.sub("987654", _LINK.sub("]", lines[at]))
            yield bool(comparer.lost_from(address, "\n".join(lines), anchors))


def reworded(text: str) -> str:
    """The page in slightly other words, with the same numbers, names and dates."""
    for old, new in _REWORDED:
        text = re.sub(old, new, text)
    return text


def main(folder: Path, seed: int) -> str:
    """The figures as lines."""
    syllabus = load_syllabus()
    comparer = Comparer(shipped_statements(syllabus, load_bank(syllabus).questions))
    copies, anchors = Copies(folder), load_anchors()
    plants = find_plants(comparer, copies, seed=seed)
    found = found_share(comparer, copies, anchors, plants, seed)
    lines = []
    for kind in DetailKind:
        hits = [hit for hit, plant in zip(found, plants, strict=True) if plant.detail.kind is kind]
        lines.append(f"{kind.value}s changed: {sum(hits)} of {len(hits)} reported")
    single = [hit for hit, plant in zip(found, plants, strict=True) if plant.line is not None]
    lines.append(f"in one line: {sum(single)} of {len(single)}; together: {sum(found)} of {len(found)}")
    whole = comparer.compare(copies, anchors)
    lines.append(
        f"unchanged copies: {len(whole.lost)} false alarms over {whole.statements} statements with {whole.details} details; "
        f"{whole.unrecorded} without a record, {len(whole.absent)} pages not among the copies"
    )
    elsewhere = list(alarms_elsewhere(comparer, copies, anchors, seed))
    lines.append(f"numbers changed elsewhere: {sum(elsewhere)} of {len(elsewhere)} reported")
    pages = [address for address in comparer.by_address if address in copies]
    alarms = sum(len(comparer.lost_from(one, reworded(copies.text(one)), anchors)) for one in pages)
    lines.append(f"reworded copies: {alarms} details reported on {len(pages)} pages")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1) + "\n")
