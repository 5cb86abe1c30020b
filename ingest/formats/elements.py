"""Small questions to XML elements, by local names: office files use different namespaces for the same things."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element


def local(tag: str) -> str:
    """A tag's name without its namespace."""
    return tag.rpartition("}")[2]


def child(element: Element | None, name: str) -> Element | None:
    """The first child of that name."""
    return next((one for one in element if local(one.tag) == name), None) if element is not None else None


def children(element: Element | None, name: str) -> Iterator[Element]:
    """All children of that name."""
    return (one for one in element if local(one.tag) == name) if element is not None else iter(())


def within(element: Element | None, name: str) -> Iterator[Element]:
    """All elements of that name at any depth, in document order."""
    return (one for one in element.iter() if local(one.tag) == name) if element is not None else iter(())


def attribute(element: Element | None, name: str) -> str:
    """An attribute's value by its local name; empty when there is none."""
    if element is None:
        return ""
    return next((value for key, value in element.attrib.items() if local(key) == name), "")


def value(element: Element | None) -> str:
    """The attribute `val`."""
    return attribute(element, "val")


def is_on(properties: Element | None, name: str) -> bool:
    """Whether properties hold a switch that is not turned off."""
    found = child(properties, name)
    return found is not None and value(found) not in ("0", "false", "off")
