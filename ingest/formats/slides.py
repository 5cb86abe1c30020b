"""Reads presentations: a page for each slide with its title, texts in reading order, tables, charts, pictures and notes.

Each bullet is an item. The alternative texts of pictures follow below the text. A slide that is damaged costs that slide.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from ingest.errors import MaterialError
from ingest.formats.elements import attribute, child, children, local, within
from ingest.formats.markup import PICTURE, meaningful
from ingest.formats.omml import equation
from ingest.formats.package import DAMAGED, Package, diagrams, open_package
from ingest.raw import RawPage, RawPages, page_list
from ingest.tables import write_table

ROW_HEIGHT = 300_000
"""English Metric Units, a third of an inch: shapes whose tops differ by less stand side by side."""
INDENT = "  "
_TITLES = ("title", "ctrTitle")
_BARE = ("dt", "ftr", "sldNum", "hdr", "sldImg")
"""Placeholders that say the same on every slide."""
_BODIES = ("body", "obj", "", "subTitle")


@dataclass(frozen=True, slots=True)
class _Shape:
    """A shape of a slide: what kind of placeholder it is (`None` for none), and where it stands."""

    element: Element
    placeholder: str | None
    top: int
    left: int


def read_slides(path: Path) -> RawPages:
    """A presentation, one page a slide."""
    with open_package(path) as package:
        pages: list[RawPage] = []
        damaged: list[int] = []
        for number, name in enumerate(_slide_names(package), start=1):
            try:
                pages.append(RawPage(_Slide(package, name).text()))
            except DAMAGED:
                pages.append(RawPage(""))
                damaged.append(number)
        if not pages:
            raise MaterialError(f"{path.name} holds no slides.")
    notes = (
        (f"{page_list(damaged).replace('page', 'slide')} could not be read, the file may be damaged.",)
        if damaged
        else ()
    )
    return RawPages(tuple(pages), notes)


def _slide_names(package: Package) -> Iterator[str]:
    """The parts of the slides in the order in which they are shown."""
    main = package.main_name()
    targets = {key: target for key, _, target in package.relations(main)}
    for slide in children(child(package.xml(main), "sldIdLst"), "sldId"):
        if name := targets.get(_relation_id(slide)):
            yield name


def _relation_id(element: Element) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith("}id")), "")


class _Slide:
    """One slide with what it refers to."""

    def __init__(self, package: Package, name: str) -> None:
        self._package = package
        self._name = name
        self._root = package.xml(name)
        self._targets = {kind: target for _, kind, target in package.relations(name)}
        self._by_id = {key: target for key, _, target in package.relations(name)}

    def text(self) -> str:
        """The slide as Markdown."""
        shapes = sorted(self._shapes(), key=lambda shape: (shape.top // ROW_HEIGHT, shape.left))
        titles = [shape for shape in shapes if shape.placeholder in _TITLES]
        blocks = [f"# {words}" for shape in titles if (words := " ".join(_words(shape.element).split()))]
        pictures: list[str] = []
        for shape in shapes:
            if shape not in titles:
                blocks += self._blocks(shape)
                pictures += _pictures(shape.element)
        blocks += pictures
        blocks += self._notes()
        return "\n\n".join(block for block in blocks if block.strip())

    # Where things stand

    def _shapes(self) -> Iterator[_Shape]:
        places = self._layout_places()
        for element in _flat(child(child(self._root, "cSld"), "spTree")):
            placeholder = next(within(child(element, _PROPERTIES.get(local(element.tag), "nvSpPr")), "ph"), None)
            kind = attribute(placeholder, "type") if placeholder is not None else None
            if kind in _BARE:
                continue
            place = _place(element) or places.get((kind or "", attribute(placeholder, "idx"))) or (0, 0)
            yield _Shape(element, kind, *place)

    def _layout_places(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Where the layout, or the master below it, puts each placeholder."""
        places: dict[tuple[str, str], tuple[int, int]] = {}
        layout = self._targets.get("slideLayout", "")
        master = next((target for _, kind, target in self._package.relations(layout) if kind == "slideMaster"), "")
        for name in (master, layout):
            if not self._package.holds(name):
                continue
            for element in _flat(child(child(self._package.xml(name), "cSld"), "spTree")):
                placeholder = next(within(child(element, "nvSpPr"), "ph"), None)
                if placeholder is not None and (place := _place(element)):
                    places[attribute(placeholder, "type"), attribute(placeholder, "idx")] = place
        return places

    # What they say

    def _blocks(self, shape: _Shape) -> Iterator[str]:
        if local(shape.element.tag) == "graphicFrame":
            yield from self._graphics(shape.element)
        else:
            yield from _paragraphs(child(shape.element, "txBody"), is_body=shape.placeholder in _BODIES)

    def _graphics(self, frame: Element) -> Iterator[str]:
        for table in within(frame, "tbl"):
            rows = [[_words(cell).replace("\n", "; ") for cell in children(row, "tc")] for row in children(table, "tr")]
            yield write_table(rows)
        for chart in within(frame, "chart"):
            if (target := self._by_id.get(_relation_id(chart))) and self._package.holds(target):
                yield from _chart(self._package.xml(target))
        for diagram in within(frame, "relIds"):
            yield "\n".join(diagrams(self._package, self._name).get(attribute(diagram, "dm"), []))

    def _notes(self) -> Iterator[str]:
        name = self._targets.get("notesSlide", "")
        if not self._package.holds(name):
            return
        blocks: list[str] = []
        for element in _flat(child(child(self._package.xml(name), "cSld"), "spTree")):
            placeholder = next(within(child(element, "nvSpPr"), "ph"), None)
            if attribute(placeholder, "type") not in _BARE:
                blocks += _paragraphs(child(element, "txBody"), is_body=False)
        if any(block.strip() for block in blocks):
            yield from ["## Notes", *blocks]


_PROPERTIES = {"pic": "nvPicPr", "graphicFrame": "nvGraphicFramePr", "cxnSp": "nvCxnSpPr"}


def _flat(tree: Element | None) -> Iterator[Element]:
    """The shapes of a tree, those of groups included."""
    for one in tree if tree is not None else ():
        name = local(one.tag)
        if name in ("sp", "pic", "graphicFrame", "cxnSp"):
            yield one
        elif name == "grpSp":
            yield from _flat(one)
        elif name == "AlternateContent" and len(one):
            yield from _flat(one[0])


def _place(element: Element) -> tuple[int, int] | None:
    offset = next(within(child(element, "spPr"), "off"), None)
    if offset is None:
        offset = child(child(element, "xfrm"), "off")
    if offset is None:
        return None
    return tuple(int(float(attribute(offset, axis) or 0)) for axis in ("y", "x"))  # type: ignore[return-value]


def _words(body: Element) -> str:
    """All words below an element, a line for each paragraph."""
    return "\n".join(filter(None, (_line(paragraph) for paragraph in within(body, "p"))))


def _line(paragraph: Element) -> str:
    """The words of a paragraph, equations included."""
    parts: list[str] = []
    for one in paragraph:
        name = local(one.tag)
        if name in ("r", "fld"):
            parts += [text.text or "" for text in children(one, "t")]
        elif name == "br":
            parts.append("\n")
        elif name in ("AlternateContent", "m"):
            parts += [
                equation(found) for found in within(one[0] if name == "AlternateContent" and len(one) else one, "oMath")
            ]
    return "\n".join(" ".join(line.split()) for line in "".join(parts).split("\n")).strip()


def _paragraphs(body: Element | None, *, is_body: bool) -> Iterator[str]:
    """The paragraphs of a text; several in the body of a slide, and those with a bullet, are the items of a list."""
    lines = [(one, words) for one in children(body, "p") if (words := _line(one))]
    items: list[str] = []
    for paragraph, words in lines:
        properties = child(paragraph, "pPr")
        marked = child(properties, "buChar") is not None or child(properties, "buAutoNum") is not None
        if marked or (is_body and len(lines) > 1 and child(properties, "buNone") is None):
            level = attribute(properties, "lvl")
            items.append(f"{INDENT * (int(level) if level.isdecimal() and items else 0)}- {' '.join(words.split())}")
            continue
        if items:
            yield "\n".join(items)
            items = []
        yield words
    if items:
        yield "\n".join(items)


def _pictures(element: Element) -> Iterator[str]:
    named = next((one for part in element for one in children(part, "cNvPr")), None)
    is_text = child(element, "txBody") is not None and _words(element)
    if not is_text and (alt := meaningful(attribute(named, "descr"))):
        yield f"{PICTURE}{alt}"


def _chart(root: Element) -> Iterator[str]:
    """A chart's title, and its values as a table with a row for each category."""
    title = next(within(root, "title"), None)
    if title is not None and (words := " ".join(_words(title).split())):
        yield words
    series = list(within(root, "ser"))
    names = [
        " ".join(one.text or "" for one in within(child(one, "tx"), "v")) or f"Series {at}"
        for at, one in enumerate(series, 1)
    ]
    categories = _values(child(series[0], "cat")) if series else {}
    columns = [_values(child(one, "val")) for one in series]
    places = sorted({place for column in [categories, *columns] for place in column})
    yield write_table(
        [["", *names], *([categories.get(at, ""), *(one.get(at, "") for one in columns)] for at in places)]
    )


def _values(data: Element | None) -> dict[int, str]:
    found: dict[int, str] = {}
    for point in within(data, "pt"):
        if attribute(point, "idx").isdecimal():
            value = child(point, "v")
            found.setdefault(int(attribute(point, "idx")), (value.text or "") if value is not None else "")
    return found
