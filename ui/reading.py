"""Finds places to read: the documents of the library in reading order, and the part of a note on a topic of the exam."""

from dataclasses import dataclass

from assistant.answers import Citation
from assistant.library import ships
from assistant.session import Session
from ui.notes import RENDERED
from ui.state import open_page, visitor


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the library: `title` as a person calls it, `section` of the exam where it belongs to one."""

    name: str
    title: str
    pages: int
    section: int | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where to read on, and what to mark there."""

    source: str
    page: int = 1
    start: int = 0
    end: int = 0


def documents(session: Session) -> list[Document]:
    """All documents: what ships in its order, then one's own by name."""
    titles, section_of = _titles(session), session.syllabus.section_of
    found = [
        Document(
            one.name, titles.get(one.name) or _words(one.name), one.pages, section_of(one.name, ()), not ships(one)
        )
        for one in session.index.records()
    ]
    return sorted(found, key=lambda one: (one.mine, one.name))


def title_of(session: Session, name: str) -> str:
    """What a document is called: a note by its first heading, any other by its file's name."""
    return _titles(session).get(name) or _words(name)


def _titles(session: Session) -> dict[str, str]:
    """The first heading of each note that has one."""
    lexical = session.index.lexical()
    found: dict[str, str] = {}
    for name, heading in zip(lexical.sources, lexical.headings, strict=True):
        if name.lower().endswith(RENDERED):
            found.setdefault(name, heading.split(" › ", 1)[0])
    return found


def _words(name: str) -> str:
    """A name as words: `2.1-my-notes.md` is `2.1 My notes`, `exam-guide.pdf` is `Exam guide (PDF)`."""
    base = name.rsplit("/", 1)[-1]
    stem, _, suffix = base.rpartition(".")
    if not stem:
        return base
    number, _, rest = stem.partition("-")
    numbered = bool(rest) and number.replace(".", "").isdigit()
    words = (rest if numbered else stem).replace("-", " ").replace("_", " ").strip()
    kind = "" if suffix.lower() in ("md", "markdown") else f"({suffix.upper()})"
    return " ".join(filter(None, [number if numbered else "", words[:1].upper() + words[1:], kind]))


def place_of_topic(session: Session, topic: str) -> Place | None:
    """Where the notes treat an objective (`4.1`) or one of its considerations (`4.1b`); None where they do not."""
    objective = topic[:3]
    names = [one.name for one in session.index.records() if one.name.rsplit("/", 1)[-1].startswith(f"{objective}-")]
    for name in names:
        at = session.index.page_text(name, 1).find(f"({topic})") if len(topic) > len(objective) else 0
        return Place(name, 1, max(at, 0))
    return None


def place_of(citation: Citation) -> Place:
    """Where a quote stands."""
    return Place(citation.source, citation.page, citation.start, citation.end)


def read(place: Place) -> None:
    """Open the Read page there."""
    visitor().reading = place
    open_page("read")
