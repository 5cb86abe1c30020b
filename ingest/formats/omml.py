"""Writes the equations of Word and PowerPoint (OMML) as one line of text: `k=3n`, `log n`, `x^2`, `(a+b)/c`, `∑_(i=1)^n`.

The form is that of Word's own linear format (Unicode Technical Note 28), which can be read and searched without knowing TeX.
"""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from ingest.formats.elements import child, local, value

MISSING = "[equation]"
"""Stands where an equation is that cannot be read as text."""
_APPLIES = "\u2061"
"""Stands unseen between a function and its argument."""
_NARY = "∫"
"""The sign of an n-ary operator that names none."""
_ACCENTS = {"̂": "̂", "": "̂", "̃": "̃", "̄": "̄", "⃗": "⃗", "̇": "̇", "̈": "̈"}
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}


def equation(element: Element) -> str:
    """An equation between dollar signs, or the mark of a missing one."""
    text = " ".join(_text(element).replace(_APPLIES, " ").split())
    return f"${text}$" if text else MISSING


def _text(element: Element) -> str:
    writer = _WRITERS.get(local(element.tag))
    if writer is not None:
        return writer(element)
    return "".join(_text(one) for one in element if not local(one.tag).endswith("Pr"))


def _part(element: Element, name: str) -> str:
    found = child(element, name)
    return _text(found).strip() if found is not None else ""


def _property(element: Element, name: str, default: str) -> str:
    """A value in an element's properties, such as the sign of an operator."""
    for properties in element:
        if local(properties.tag).endswith("Pr") and (found := child(properties, name)) is not None:
            return value(found)
    return default


def _grouped(text: str) -> str:
    """A part in brackets unless it is one name, one number or in brackets already."""
    plain = text.replace(".", "").replace("′", "")
    whole = text.startswith("(") and text.endswith(")") and text.count("(") == 1
    return text if plain.isalnum() or len(text) <= 1 or whole else f"({text})"


def _run(element: Element) -> str:
    return "".join(one.text or "" for one in element if local(one.tag) == "t")


def _fraction(element: Element) -> str:
    above, below = _part(element, "num"), _part(element, "den")
    if _property(element, "type", "bar") == "noBar":
        return f"({above} choose {below})"
    return f"{_grouped(above)}/{_grouped(below)}"


def _scripts(element: Element) -> str:
    """A base with what stands below and above it; `sPre` has both before it."""
    base, below, above = (_part(element, name) for name in ("e", "sub", "sup"))
    scripts = (f"_{_grouped(below)}" if below else "") + (f"^{_grouped(above)}" if above else "")
    return f"{scripts} {base}" if local(element.tag) == "sPre" else f"{base}{scripts}"


def _radical(element: Element) -> str:
    degree, base = _part(element, "deg"), _part(element, "e")
    if degree in _ROOTS:
        return f"{_ROOTS[degree]}{_grouped(base)}"
    return f"√({degree}&{base})"


def _operator(element: Element) -> str:
    below, above, base = (_part(element, name) for name in ("sub", "sup", "e"))
    sign = _property(element, "chr", _NARY)
    return f"{sign}{f'_{_grouped(below)}' if below else ''}{f'^{_grouped(above)}' if above else ''} {base}"


def _delimited(element: Element) -> str:
    between = _property(element, "sepChr", "|")
    parts = [_text(one).strip() for one in element if local(one.tag) == "e"]
    return _property(element, "begChr", "(") + f" {between} ".join(parts) + _property(element, "endChr", ")")


def _function(element: Element) -> str:
    return f" {_part(element, 'fName')} {_part(element, 'e')}"


def _limit(element: Element) -> str:
    mark = "_" if local(element.tag) == "limLow" else "^"
    return f"{_part(element, 'e')}{mark}{_grouped(_part(element, 'lim'))}"


def _accent(element: Element) -> str:
    base, sign = _part(element, "e"), _property(element, "chr", "̂")
    return base + _ACCENTS.get(sign, sign) if len(base) == 1 else f"{_grouped(base)}{sign}"


def _bar(element: Element) -> str:
    base = _part(element, "e")
    return f"{base}̅" if len(base) == 1 else f"overline({base})"


def _matrix(element: Element) -> str:
    rows = [one for one in element if local(one.tag) == "mr"]
    return "; ".join(", ".join(_text(cell).strip() for cell in row if local(cell.tag) == "e") for row in rows)


def _lines(element: Element) -> str:
    return "; ".join(_text(one).strip().lstrip("&") for one in element if local(one.tag) == "e")


_WRITERS: dict[str, Callable[[Element], str]] = {
    "r": _run,
    "f": _fraction,
    "sSup": _scripts,
    "sSub": _scripts,
    "sSubSup": _scripts,
    "sPre": _scripts,
    "rad": _radical,
    "nary": _operator,
    "d": _delimited,
    "func": _function,
    "limLow": _limit,
    "limUpp": _limit,
    "acc": _accent,
    "bar": _bar,
    "m": _matrix,
    "eqArr": _lines,
}
