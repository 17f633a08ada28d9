"""XML from strangers: no entities, nothing external, bounded depth and size; elements found by local name."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from goldenthread.exchange.text.refusals import invalid
from goldenthread.exchange.text.tidying import is_placeholder, one_line

MAX_DEPTH = 100
MAX_ELEMENTS = 500_000


class _Bounded(TreeBuilder):
    """Builds the tree and gives up on one that is absurdly deep or large."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH:
            raise invalid(f"the XML is nested more than {MAX_DEPTH} elements deep")
        if self._count > MAX_ELEMENTS:
            raise invalid(f"the XML has more than {MAX_ELEMENTS:,} elements; split it")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parse(text: str) -> Element:
    """The root element. Refuses malformed XML, with its line, and any document that declares entities."""
    parser = DefusedXMLParser(target=_Bounded(), encoding="utf-8")
    body = text.lstrip()
    above = text.count("\n", 0, len(text) - len(body))
    try:
        parser.feed(body.encode())
        root = parser.close()
    except ParseError as error:
        line, column = error.position
        reason = str(error).partition(":")[0]
        raise invalid(f"line {above + line}, column {column + 1}: not well-formed XML: {reason}") from None
    except DefusedXmlException as error:
        raise invalid(f"the XML declares or refers to an entity, which is not read ({type(error).__name__})") from None
    if not isinstance(root, Element):
        raise invalid("the XML has no element")
    return root


def name(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, *names: str) -> Iterator[Element]:
    """The children with one of these local names, in document order."""
    return (each for each in element if name(each) in names)


def child(element: Element | None, named: str) -> Element | None:
    """The first child with this local name."""
    return next(children(element, named), None) if element is not None else None


def text(element: Element | None) -> str | None:
    """All text inside an element, on one line; None when it is absent, empty or a placeholder."""
    if element is None:
        return None
    found = one_line("".join(element.itertext()))
    return None if not found or is_placeholder(found) else found


def text_of(element: Element | None, named: str) -> str | None:
    """The text of the first child with this name that has any."""
    if element is None:
        return None
    return next((found for each in children(element, named) if (found := text(each))), None)
