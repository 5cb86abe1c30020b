"""How much of saved pages' articles is kept, and how much around them left out, against plain conversions; run manually.

`python -m eval.bench.articles FOLDER` takes the folder `test/test-pages` of Mozilla's Readability, in which each page is
`source.html` beside the `expected.html` that a person approved.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean

from ingest.formats.article import find_article
from ingest.formats.markup import html_to_markdown
from ingest.plain import plain

GOOD = 0.8
"""Pages that keep less of their article than this share are counted separately."""


def words(text: str) -> Counter[str]:
    """How often each word occurs."""
    return Counter(re.findall(r"\w+", text.lower()))


def trafilatura_alone(html: str) -> str:
    """What trafilatura extracts by itself."""
    import trafilatura

    return trafilatura.extract(html, include_tables=True, include_comments=False, favor_recall=True) or ""


READERS: dict[str, Callable[[str], str]] = {
    "the whole page": lambda html: plain(html_to_markdown(html)),
    "trafilatura alone": trafilatura_alone,
    "ours": lambda html: plain(find_article(html).text),
}


def shares(folder: Path, read: Callable[[str], str]) -> Iterator[tuple[float, float]]:
    """Precision and recall of the words of each page's article."""
    for source in sorted(folder.glob("*/source.html")):
        wanted = words(plain(html_to_markdown(source.with_name("expected.html").read_text(encoding="utf-8"))))
        found = words(read(source.read_text(encoding="utf-8", errors="replace")))
        common = sum((wanted & found).values())
        yield common / max(1, sum(found.values())), common / max(1, sum(wanted.values()))


def main() -> None:
    """Print a line for each way of reading."""
    for name, read in READERS.items():
        pairs = list(shares(Path(sys.argv[1]), read))
        both = [2 * one * other / (one + other) if one + other else 0.0 for one, other in pairs]
        lost = sum(recall < GOOD for _, recall in pairs)
        sys.stdout.write(
            f"{name:18} {len(pairs)} pages  precision {mean(one for one, _ in pairs):.3f}  "
            f"recall {mean(other for _, other in pairs):.3f}  F1 {mean(both):.3f}  recall below {GOOD}: {lost}\n"
        )


if __name__ == "__main__":
    main()
