"""Writes Anki decks: questions whose options change their order each day, and flash cards, in one subdeck for each section.

Nothing of the material is read as more than text: no HTML, sounds, LaTeX, formulas or fields.
"""

import hashlib
import html
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.practice.cards import GAP, Card, CardKind
from assistant.practice.questions import Choice, Question, Reference
from assistant.syllabus import Syllabus
from ingest.units import plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

DECK = "Groundwork PMLE"
QUESTIONS, CARDS, OWN = "Questions", "Flash cards", "Own material"
JOINER = "\u2060"
"""Has no width and no meaning; it keeps two signs from being read as one."""
CSS = """.card {font-family: sans-serif; font-size: 17px; text-align: left; line-height: 1.45; max-width: 42em; margin: auto}
li {margin: 0.4em 0} pre {background: #8882; padding: 0.6em; overflow-x: auto; font-size: 14px}
.back li[data-right] {font-weight: bold} .source {color: #777; font-size: 14px} .cloze {font-weight: bold; color: #2f8f76}"""
SHUFFLE = """<script>
(function () {
  var box = document.querySelector(".groundwork"), list = box && box.querySelector("ol");
  if (!list) { return; }
  var name = box.getAttribute("data-id") + new Date().toDateString(), seed = 2166136261;
  for (var at = 0; at < name.length; at++) { seed = Math.imul(seed ^ name.charCodeAt(at), 16777619); }
  var items = Array.prototype.slice.call(list.children);
  for (var last = items.length - 1; last > 0; last--) {
    seed = Math.imul(seed ^ (seed >>> 15), 2246822519) + 374761393 | 0;
    var other = (seed >>> 0) % (last + 1), kept = items[last];
    items[last] = items[other];
    items[other] = kept;
  }
  items.forEach(function (item) { list.appendChild(item); });
})();
</script>"""
"""The same order on both sides of a card, another one each day; without scripts the order is the question's own."""
FRONT = f'<div class="groundwork" data-id="{{{{Id}}}}">{{{{Question}}}}{{{{Options}}}}</div>{SHUFFLE}'
BACK = (
    f'<div class="groundwork back" data-id="{{{{Id}}}}">{{{{Reason}}}}<hr id="answer">{{{{Options}}}}</div>'
    f'<details><summary>Why not the others</summary>{{{{Others}}}}</details><div class="source">{{{{Source}}}}</div>{SHUFFLE}'
)
RIGHT = ' data-right="1"'
FIELDS = ("Id", "Question", "Options", "Reason", "Others", "Source")
_CARD_BACK = '{{FrontSide}}<hr id="answer"><b>{{Back}}</b><p>{{Extra}}</p><div class="source">{{Source}}</div>'
_CLOZE_BACK = '{{cloze:Text}}<hr id="answer"><p>{{Extra}}</p><div class="source">{{Source}}</div>'
_ADDRESS = re.compile(r"https://[\w./~%#?&=+:-]+")


def export_anki(questions: Sequence[Question], cards: Sequence[Card], path: Path, syllabus: Syllabus) -> int:
    """Write questions and flash cards as one package; returns the number of notes.

    Ids depend on the question or card alone, so that importing a newer deck updates notes instead of doubling them.
    """
    import genanki

    decks: dict[str, Any] = {}
    for name, note in [*_question_notes(questions, syllabus), *_card_notes(cards, syllabus)]:
        decks.setdefault(name, genanki.Deck(_number(f"deck {name}"), name)).add_note(note)
    genanki.Package(list(decks.values()) or genanki.Deck(_number("deck"), DECK)).write_to_file(str(path), timestamp=0)
    return len(questions) + len(cards)


def _question_notes(questions: Sequence[Question], syllabus: Syllabus) -> Iterator[tuple[str, Any]]:
    model = _model("Groundwork question", FIELDS, FRONT, BACK)
    for question in questions:
        yield deck_of(question, syllabus), _note(model, fields_of(question), tags_of(question))


def _card_notes(cards: Sequence[Card], syllabus: Syllabus) -> Iterator[tuple[str, Any]]:
    basic = _model("Groundwork flash card", ("Id", "Front", "Back", "Extra", "Source"), "{{Front}}", _CARD_BACK)
    cloze = _model("Groundwork cloze", ("Id", "Text", "Extra", "Source"), "{{cloze:Text}}", _CLOZE_BACK)
    for card in cards:
        beside = {"Extra": as_field(plain(card.extra)), "Source": source_line(card.citation)}
        if card.kind is CardKind.CLOZE:
            note = _note(cloze, {"Id": card.id, "Text": cloze_text(card), **beside}, tags_of(card))
        else:
            sides = {"Front": as_html(card.front), "Back": as_field(plain(card.back))}
            note = _note(basic, {"Id": card.id, **sides, **beside}, tags_of(card))
        yield _deck(CARDS, card.section, syllabus), note


def fields_of(question: Question) -> dict[str, str]:
    """The fields of a question's note; the back begins with the reason of the key."""
    right = [choice for choice in question.choices if choice.correct]
    wrong = [choice for choice in question.choices if not choice.correct]
    options = "".join(f"<li{RIGHT * one.correct}>{as_field(plain(one.text))}</li>" for one in question.choices)
    values = (
        question.id,
        as_html(question.prompt),
        f'<ol type="A">{options}</ol>',
        "".join(_reason("✓", choice) for choice in right),
        "".join(_reason("✗", choice) for choice in wrong),
        "".join(dict.fromkeys(source_line(choice.citation) for choice in right)),
    )
    return dict(zip(FIELDS, values, strict=True))


def _reason(sign: str, choice: Choice) -> str:
    return f"<p>{sign} <b>{as_field(plain(choice.text))}</b><br>{as_field(plain(choice.why))}</p>"


def source_line(reference: Reference) -> str:
    """Where a reason stands: the official page as a link where there is one, and the place in the material."""
    place = as_field(f"{reference.source}, page {reference.page}")
    if not _ADDRESS.fullmatch(reference.official):
        return f"<p>{place}</p>"
    links = "".join(
        f'<a href="{as_field(one.address)}">{as_field(one.title)}</a> · ' for one in reference.official_pages
    )
    return f"<p>{links}{place}</p>"


def cloze_text(card: Card) -> str:
    """The front of a cloze with Anki's mark around what it hides; `::` inside would be read as a hint."""
    hidden = as_field(plain(card.back)).replace("::", f":{JOINER}:")
    before, _, behind = plain(card.front).partition(GAP)
    return f"{as_field(before)}{{{{c1::{hidden}}}}}{as_field(behind)}"


def tags_of(one: Question | Card) -> list[str]:
    """Tags for filtering in Anki: origin, section, objective, consideration, difficulty."""
    own = ["card"] if isinstance(one, Card) else [one.origin.value, f"difficulty-{one.difficulty}"]
    places = {"section": one.section, "objective": one.objective, "consideration": one.consideration}
    return ["groundwork", *own, *(f"{name}-{place}" for name, place in places.items() if place)]


def deck_of(question: Question, syllabus: Syllabus) -> str:
    """The subdeck of a question."""
    return _deck(QUESTIONS, question.section, syllabus)


def _deck(kind: str, section: int | None, syllabus: Syllabus) -> str:
    title = f"{section} {syllabus.section(section).title}" if section else (OWN if kind == QUESTIONS else "0 General")
    return f"{DECK}::{kind}::{title}"


def as_field(words: str) -> str:
    """Text for a field: no markup, and none of what Anki reads in brackets (sounds, LaTeX, speech) or as formulas."""
    return _inert(html.escape(words))


def as_html(text: str) -> str:
    """Text for a field in which only code stays marked as code; pictures, links and HTML are shown as they are written."""
    return _inert(_renderer().render(text))


def _inert(shown: str) -> str:
    shown = shown.replace("[", "&#91;").replace("{{", "&#123;&#123;").replace("}}", "&#125;&#125;")
    return shown.replace("\\(", f"\\{JOINER}(").replace("\\&#91;", f"\\{JOINER}&#91;")


@cache
def _renderer() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("zero").enable(["fence", "backticks"])


def _model(name: str, fields: Sequence[str], front: str, back: str) -> Any:
    import genanki

    return genanki.Model(
        _number(f"model {name}"),
        name,
        model_type=genanki.Model.CLOZE if "cloze:" in front else genanki.Model.FRONT_BACK,
        fields=[{"name": field} for field in fields],
        templates=[{"name": "Card", "qfmt": front, "afmt": back}],
        css=CSS,
        sort_field_index=1,
    )


def _note(model: Any, fields: dict[str, str], tags: list[str]) -> Any:
    import genanki

    return genanki.Note(
        model=model, fields=list(fields.values()), guid=genanki.guid_for("groundwork 2", fields["Id"]), tags=tags
    )


def _number(name: str) -> int:
    return int(hashlib.sha256(f"groundwork 2 {name}".encode()).hexdigest()[:8], 16)
