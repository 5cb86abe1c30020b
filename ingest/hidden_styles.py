"""Which elements of a web page its styles hide from the reader: not drawn, without color, too small, or off the page."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

Declarations = dict[str, str]
"""Property → value, in lower case."""
Color = tuple[float, float, float]
MOST_RULES = 2000
"""Rules of a page's own style sheet that are followed."""
MOST_SEARCHES = 200
"""Rules whose selectors have several parts; each part is a search through the page."""
OFF_PAGE = 500
"""Pixels to the left of or above the page that put a text out of sight."""
SMALLEST = 2.0
"""Pixels or points; smaller letters cannot be read."""
FAINTEST = 0.06
"""Least opacity, and least distance of two colors between 0 and 1, that an eye distinguishes."""
NEVER_SHOWN = frozenset({"script", "style", "template", "noscript", "datalist", "head", "object"})
WHITE: Color = (1.0, 1.0, 1.0)
BLACK: Color = (0.0, 0.0, 0.0)
_NAMED: dict[str, Color] = {"white": WHITE, "black": BLACK, "snow": (1.0, 0.98, 0.98), "ivory": (1.0, 1.0, 0.94)}
_RULE = re.compile(r"(?<![^{}@;])([^{}@;]{1,2000})\{([^{}]*)\}")
_AT_BLOCK = re.compile(r"@[^{};]{0,500}\{(?:[^{}]|\{[^{}]*\})*\}")
_SIMPLE = re.compile(r"\*|[.#]?[\w-]{1,200}")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_NUMBER = re.compile(r"(-?\d{0,9}(?:\.\d{1,9})?)(px|pt|em|rem|%|ex|ch|vw|vh)?")


def declared(style: str) -> Declarations:
    """The declarations of a `style` attribute or of a rule's body; of one that is repeated, the last."""
    found: Declarations = {}
    for part in style.lower().split(";"):
        name, colon, value = part.partition(":")
        if colon:
            found[name.strip()] = value.replace("!important", "").strip()
    return found


def hides(own: Declarations) -> bool:
    """Whether an element with these declarations is out of sight, whatever stands around it."""
    return (
        own.get("display", "").startswith("none")
        or own.get("visibility", "") in ("hidden", "collapse")
        or _is_small(own.get("font-size"))
        or _at_most(own.get("opacity"), FAINTEST)
        or _is_off_page(own)
        or _is_cut_off(own)
        or _is_see_through(own.get("color", ""))
    )


def shown_html(text: str) -> tuple[str, tuple[str, ...]]:
    """A web page without what its styles hide, and the hidden words; a page that hides nothing comes back as it is."""
    from bs4 import BeautifulSoup

    page = BeautifulSoup(text, "lxml")
    hidden = drop_hidden(page)
    return (str(page), hidden) if hidden else (text, ())


def drop_hidden(page: "BeautifulSoup") -> tuple[str, ...]:
    """Remove what a parsed page does not show; returns the words that went."""
    found: list[str] = []
    for node in list(_hidden_nodes(page, _declarations_of(page))):
        words = " ".join((node.get_text(" ") if getattr(node, "name", None) else str(node)).split())
        if words:
            found.append(words)
        node.extract()
    return tuple(found)


def _hidden_nodes(page: "BeautifulSoup", rules: dict[int, Declarations]) -> "Iterator[Any]":
    """Hidden elements that stand in no other hidden one, and words of the color of their ground, in the page's order.

    Goes down without recursion, so that depth is no danger.
    """
    waiting: list[tuple[Any, Color, Color]] = [(child, BLACK, WHITE) for child in reversed(list(page.children))]
    while waiting:
        node, ink, paper = waiting.pop()
        if getattr(node, "name", None) is None:
            if _alike(ink, paper) and type(node).__name__ == "NavigableString" and node.strip():
                yield node
            continue
        if node.name in NEVER_SHOWN or _is_formula(node):
            continue  # the reader of the format knows what to make of them
        own = _own(node, rules)
        ink, paper = _color(own.get("color", "")) or ink, _background(own) or paper
        if node.has_attr("hidden") or hides(own):
            yield node
        else:
            waiting += [(child, ink, paper) for child in reversed(list(node.children))]


def _is_formula(element: "Tag") -> bool:
    """Formulas hold the same thing in several forms and show one."""
    classes = element.get_attribute_list("class")
    return element.name == "math" or any(str(name).lower().startswith(("katex", "mathjax", "mjx")) for name in classes)


def _own(element: "Tag", rules: dict[int, Declarations]) -> Declarations:
    """What the page, the attributes of old and the element itself say of how it looks."""
    old = {"color": element.get("color"), "background-color": element.get("bgcolor")}
    said = {name: str(value).lower() for name, value in old.items() if value is not None}
    return {**said, **rules.get(id(element), {}), **declared(str(element.get("style", "")))}


def _declarations_of(page: "BeautifulSoup") -> dict[int, Declarations]:
    """What the page's own style sheets say of each element, by its identity; rules for other media are left aside."""
    sheet = "\n".join(element.get_text() for element in page.find_all("style"))
    said: dict[int, Declarations] = {}
    places = _Places(page)
    for selectors, body in _RULE.findall(_AT_BLOCK.sub("", _COMMENT.sub("", sheet)))[:MOST_RULES]:
        own = declared(body)
        hiding = hides(own)
        if hiding or "color" in own or _background(own):
            for selector in selectors.split(","):
                for element in places.find(selector.strip(), searched=hiding):
                    said.setdefault(id(element), {}).update(own)
    return said


class _Places:
    """Elements by tag, class and id, so that the many simple rules of a page cost no search each."""

    def __init__(self, page: "BeautifulSoup") -> None:
        self._page = page
        self._searches = MOST_SEARCHES
        self._known: dict[str, list[Any]] = {}
        for element in page.find_all(True):
            names = [element.name, "*", *(f".{name}" for name in element.get_attribute_list("class") if name)]
            for name in [*names, *([f"#{element['id']}"] if element.get("id") else [])]:
                self._known.setdefault(name, []).append(element)

    def find(self, selector: str, *, searched: bool) -> list[Any]:
        """Elements of a selector; one of several parts is followed when `searched`, for as many as the page may cost."""
        if _SIMPLE.fullmatch(selector):
            return self._known.get(selector, [])
        if not searched or ":" in selector or not self._searches:
            return []
        from soupsieve import SelectorSyntaxError

        self._searches -= 1
        try:
            return list(self._page.select(selector))
        except (SelectorSyntaxError, NotImplementedError, ValueError):
            return []


def _number(value: str | None) -> tuple[float, str] | None:
    found = _NUMBER.match((value or "").strip())
    if found is None or not found.group(1).strip("-"):
        return None
    return float(found.group(1)), found.group(2) or ""


def _at_most(value: str | None, most: float) -> bool:
    number = _number(value)
    return number is not None and (number[0] / 100 if number[1] == "%" else number[0]) <= most


def _is_small(size: str | None) -> bool:
    number = _number(size)
    if number is None:
        return False
    value, unit = number
    return value * {"em": 16, "rem": 16, "ex": 8, "%": 0.16}.get(unit, 1) < SMALLEST


def _is_off_page(own: Declarations) -> bool:
    names = ["text-indent", "margin-left", "margin-top"]
    if own.get("position") in ("absolute", "fixed"):
        names += ["left", "top", "right", "bottom"]
    return any(_at_most(own.get(name), -OFF_PAGE) for name in names)


def _is_cut_off(own: Declarations) -> bool:
    clip = re.sub(r"\s", "", own.get("clip", "") + own.get("clip-path", ""))
    if clip.startswith(("rect(0", "rect(1px", "inset(50%", "inset(100%")):
        return True
    sizes = [own.get(name) for name in ("height", "max-height", "width", "max-width")]
    return own.get("overflow", "").startswith(("hidden", "clip")) and any(_at_most(size, 1) for size in sizes)


def _is_see_through(color: str) -> bool:
    alpha = re.fullmatch(r"(?:rgba|hsla)\(.{1,40}[,/]\s*([\d.]{1,10})(%?)\s*\)", color)
    if color == "transparent" or re.fullmatch(r"#(?:[0-9a-f]{3}0|[0-9a-f]{6}0[0-9a-f])", color):
        return True
    return alpha is not None and _at_most(alpha.group(1) + alpha.group(2), FAINTEST)


def _background(own: Declarations) -> Color | None:
    return _color(own.get("background-color", "")) or _color(own.get("background", "").split(" ")[0])


def _color(value: str) -> Color | None:
    value = value.strip()
    if value in _NAMED:
        return _NAMED[value]
    if found := re.fullmatch(r"#([0-9a-f]{3,8})", value):
        digits = found.group(1)
        pairs = [2 * digit for digit in digits[:3]] if len(digits) < 6 else [digits[at : at + 2] for at in (0, 2, 4)]
        red, green, blue = (int(pair, 16) / 255 for pair in pairs)
        return red, green, blue
    if found := re.match(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})", value):
        red, green, blue = (min(255, int(part)) / 255 for part in found.groups())
        return red, green, blue
    return None


def _alike(ink: Color, paper: Color) -> bool:
    """Whether an eye cannot tell letters from their ground."""
    return max(abs(one - other) for one, other in zip(ink, paper, strict=True)) < FAINTEST
