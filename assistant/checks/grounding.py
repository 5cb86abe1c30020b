"""Checks that an answer rests on its sources: quotes word for word on their page, markers that resolve; needs no model."""

from collections.abc import Iterable, Mapping, Sequence

from assistant.answers import Answer, Citation
from ingest.chunks import Chunk
from ingest.index import Index

Place = tuple[str, int]
"""Source and page."""


def pages_of(citations: Iterable[Citation], index: Index) -> dict[Place, str]:
    """The text of each page that is cited, read from the library once."""
    return {place: index.page_text(*place) for place in {(one.source, one.page) for one in citations}}


def find_faults(answer: Answer, retrieved: Sequence[Chunk], pages: Mapping[Place, str]) -> list[str]:
    """What is wrong with an answer's citations, one sentence each; an empty list is what may be shown.

    `pages` are those that it cites, as the library holds them.

    Invariant: every quote stands verbatim at its offsets on its page, every marker has a citation, every citation lies
    on a page that was retrieved.
    """
    seen = {(chunk.source, chunk.page) for chunk in retrieved}
    faults = [fault for citation in answer.citations if (fault := _citation_fault(citation, pages, seen))]
    markers = {citation.marker for citation in answer.citations}
    for sentence in answer.sentences:
        faults += [f"marker [{marker}] has no citation" for marker in sentence.citations if marker not in markers]
    if answer.refused and answer.citations:
        faults.append("a refusal cites something")
    if not answer.refused and not answer.citations:
        faults.append("an answer cites nothing")
    return faults


def _citation_fault(citation: Citation, pages: Mapping[Place, str], seen: set[Place]) -> str | None:
    place = (citation.source, citation.page)
    if pages[place][citation.start : citation.end] != citation.quote or not citation.quote:
        return f"[{citation.marker}] is not on page {citation.page} of {citation.source} where it says"
    if place not in seen:
        return f"[{citation.marker}] cites a page that was not retrieved"
    return None
