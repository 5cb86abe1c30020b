"""The table of the question bank: `python -m eval.bench.bank [--json]`.

Lengths of stems, options and reasons, constraints, kinds, decisions, and how often each product is in the key and in a
distractor. It shows what a reader of the options could learn from form alone; `panel.py` shows what readers make of them.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles

from assistant.practice.bank import ChoiceRow, QuestionRow, load_rows
from assistant.practice.questions import QuestionKind
from assistant.syllabus import Syllabus, load_syllabus

WATCHED = {
    "BigQuery ML": r"BigQuery ML|\bML\.[A-Z_]+|CREATE MODEL",
    "custom training": r"custom (training|job)",
    "Dataflow": r"Dataflow|Apache Beam",
    "Bigtable": r"Bigtable",
    "GKE": r"\bGKE\b|Kubernetes Engine",
    "TPU": r"\bTPUs?\b|\bv[56][ep]\b",
    "Provisioned Throughput": r"Provisioned Throughput",
    "RAG Engine": r"RAG Engine",
    "Vector Search": r"Vector Search|VECTOR_SEARCH",
    "time-based split": r"chronolog|(split|divide)\w* (the \w+ )?by (date|time|month|week)|"
    r"(oldest|earliest|earlier|newest|latest|last)\b.{0,40}\b(train|test|validat)",
    "attribution drift": r"attribution",
    "integrated gradients": r"integrated gradients",
    "reference metrics": r"ROUGE|BLEU|exact[ -]match|reference",
    "class weights": r"class[- ]weight|AUTO_CLASS_WEIGHTS|CLASS_WEIGHTS|weight(s|ed)? (of |for )?(the )?class",
}
"""What the syllabus does not list by name; most of it an earlier bank never had in a key, so that striking it was a strategy."""
ASKS = "What should you do?"
_SNIPPET = re.compile(r"```")
_FENCED = re.compile(r"```.*?```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, quartiles and most of some numbers."""

    least: float
    low: float
    median: float
    high: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The spread of at least two numbers."""
        low, median, high = quantiles(values, n=4)
        return cls(min(values), low, median, high, max(values))


@dataclass(frozen=True, slots=True)
class ProductRow:
    """How often a product stands in a right option and in a wrong one."""

    product: str
    key: int
    distractor: int


@dataclass(frozen=True, slots=True)
class BankTable:
    """The bank in numbers."""

    items: int
    multiple: int
    snippets: int
    asks_what_to_do: int
    decision_one: int
    decisions: int
    considerations: int
    constraints: dict[int, int]
    sections: dict[int, int]
    stem_words: Spread
    option_words: Spread
    reason_words: Spread
    official: int
    choices: int
    one_sided: tuple[str, ...]
    products: tuple[ProductRow, ...]


def bank_table(rows: Sequence[QuestionRow], syllabus: Syllabus) -> BankTable:
    """The table of some questions."""
    choices = [choice for row in rows for choice in row.choices]
    products = product_rows(rows, syllabus)
    return BankTable(
        items=len(rows),
        multiple=sum(row.kind is QuestionKind.MULTIPLE for row in rows),
        snippets=sum(bool(_SNIPPET.search(row.prompt)) for row in rows),
        asks_what_to_do=sum(ASKS in row.prompt for row in rows),
        decision_one=sum(row.decision == 1 for row in rows),
        decisions=len({row.decision for row in rows if row.decision}),
        considerations=len({row.consideration for row in rows}),
        constraints=dict(sorted(Counter(len(row.constraints) for row in rows).items())),
        sections=dict(sorted(Counter(int(row.consideration[0]) for row in rows).items())),
        stem_words=Spread.of([stem_words(row) for row in rows]),
        option_words=Spread.of([len(choice.text.split()) for choice in choices]),
        reason_words=Spread.of([len(choice.why.split()) for choice in choices]),
        official=sum(bool(choice.official) for choice in choices),
        choices=len(choices),
        one_sided=tuple(row.product for row in products if one_sided(row)),
        products=products,
    )


def stem_words(row: QuestionRow) -> int:
    """Words of a stem; a snippet is read, not counted."""
    return len(_FENCED.sub(" ", row.prompt).split())


MOST_ONE_SIDED = 6
"""A product that stands in this many options and only in keys, or only in distractors, gives itself away."""


def one_sided(row: ProductRow) -> bool:
    """Whether a product is always or never right, often enough to be noticed."""
    return row.key + row.distractor >= MOST_ONE_SIDED and 0 in (row.key, row.distractor)


def product_rows(rows: Sequence[QuestionRow], syllabus: Syllabus) -> tuple[ProductRow, ...]:
    """Every product and watched term of the options, the most frequent first."""
    naming = options_naming(syllabus)
    keys, others = Counter[str](), Counter[str]()
    for row in rows:
        for choice in row.choices:
            (keys if choice.correct else others).update(naming(choice))
    names = sorted(set(keys) | set(others), key=lambda name: (-keys[name] - others[name], name))
    return tuple(ProductRow(name, keys[name], others[name]) for name in names)


def options_naming(syllabus: Syllabus) -> Callable[[ChoiceRow], set[str]]:
    """What an option names: products of the syllabus by their short name, and watched terms."""
    watched = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in WATCHED.items()}

    def named(choice: ChoiceRow) -> set[str]:
        products = {product.short for _, product in syllabus.names_in(choice.text)}
        return products | {name for name, pattern in watched.items() if pattern.search(choice.text)}

    return named


def lines(table: BankTable) -> list[str]:
    """The table as lines of text."""
    rows = [
        f"{table.items} items, {table.multiple} multiple select, {table.snippets} with a snippet, "
        f"{table.asks_what_to_do} ask “{ASKS}”",
        f"{table.considerations} considerations, {table.decisions} decisions, {table.decision_one} items on decision 1",
        f"items by section: {table.sections}; by constraints: {table.constraints}",
        *(
            f"{name:<13} {spread.least:>4.0f} {spread.low:>6.1f} {spread.median:>6.1f} {spread.high:>6.1f} {spread.most:>4.0f}"
            for name, spread in (
                ("stem words", table.stem_words),
                ("option words", table.option_words),
                ("reason words", table.reason_words),
            )
        ),
        f"{table.official} of {table.choices} options name an official page",
        f"always or never right: {', '.join(table.one_sided) or 'none'}",
        f"{'product':<38} {'key':>4} {'distractor':>10}",
    ]
    return rows + [f"{row.product:<38} {row.key:>4} {row.distractor:>10}" for row in table.products]


def main() -> None:
    """Print the table of the bank that ships."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    table = bank_table(load_rows(), load_syllabus())
    as_json = parser.parse_args().json
    sys.stdout.write(json.dumps(asdict(table)) + "\n" if as_json else "\n".join(lines(table)) + "\n")


if __name__ == "__main__":
    main()
