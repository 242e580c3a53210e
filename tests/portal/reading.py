"""Reading a page as a strict reader would: nesting, headings, tables, labels, ids, links, visible text.

The parser is the standard library's; what a page must be is written in the tests.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final

VOID: Final = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_SILENT: Final = frozenset({"style", "script"})


@dataclass
class Element:
    """An element with its attributes, children and texts in order."""

    name: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def all(self, *names: str) -> list["Element"]:
        """Every element of these names below, in document order; any name when none is given."""
        found: list[Element] = []
        for child in self.children:
            if isinstance(child, Element):
                found += [child] if not names or child.name in names else []
                found += child.all(*names)
        return found

    @property
    def text(self) -> str:
        """The visible text, with single spaces."""
        return " ".join("".join(self._texts()).split())

    def texts(self, without: frozenset[str] = frozenset()) -> list[str]:
        """Every piece of text below, stripped, not looking into elements of these names."""
        found: list[str] = []
        for child in self.children:
            if isinstance(child, str):
                found += [child.strip()] if child.strip() else []
            elif child.name not in without | _SILENT:
                found += child.texts(without)
        return found

    def _texts(self) -> list[str]:
        found: list[str] = []
        for child in self.children:
            if isinstance(child, str):
                found.append(child)
            elif child.name not in _SILENT:
                found += child._texts()
        return found


class BadlyNested(AssertionError):
    """An end tag without its start, or a start tag never ended."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1].name != tag:
            raise BadlyNested(f"</{tag}> at {self.getpos()}, but <{self.open[-1].name}> is open")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Element:
    """The document of a page.

    Raises: BadlyNested when it is not well formed.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if len(reader.open) != 1:
        raise BadlyNested(f"never ended: {[element.name for element in reader.open[1:]]}")
    return reader.root


def faults(page: Element, language: str) -> list[str]:
    """What a strict reader would complain about."""
    html = page.all("html")[0]
    found = [] if html.attributes.get("lang") == language else [f"lang is {html.attributes.get('lang')!r}"]
    found += _headings(page) + _tables(page) + _forms(page) + _ids(page) + _pictures(page)
    found += [f"{name} inline" for name in ("style", "script") if page.all(name)]
    found += [
        f"<{element.name} {name}>"
        for element in page.all()
        for name in element.attributes
        if name == "style" or name.startswith("on")
    ]
    if len(page.all("main")) != 1 or not page.all("title")[0].text:
        found.append("one main and a title are needed")
    return found


def _headings(page: Element) -> list[str]:
    levels = [int(element.name[1]) for element in page.all("h1", "h2", "h3", "h4")]
    found = [] if levels[:1] == [1] and levels.count(1) == 1 else [f"headings begin with {levels[:3]}"]
    return found + [f"h{a} is followed by h{b}" for a, b in pairwise(levels) if b > a + 1]


def _tables(page: Element) -> list[str]:
    found = []
    for table in page.all("table"):
        caption = table.all("caption")
        if not caption or not caption[0].text:
            found.append("a table without caption")
        if any("scope" not in head.attributes for head in table.all("th")):
            found.append(f"{caption[0].text if caption else 'a table'}: a th without scope")
        widths = {_width(row) for row in table.all("tr")}
        if len(widths) != 1:
            found.append(f"{caption[0].text if caption else 'a table'}: rows of {sorted(widths)} cells")
    return found


def _width(row: Element) -> int:
    return sum(int(cell.attributes.get("colspan", "1")) for cell in row.all("th", "td"))


def _forms(page: Element) -> list[str]:
    labelled = {label.attributes.get("for") for label in page.all("label")}
    return [
        f"{field.name} {field.attributes.get('name')} without label"
        for field in page.all("select", "input")
        if field.attributes.get("type") != "hidden" and field.attributes.get("id") not in labelled
    ]


def _ids(page: Element) -> list[str]:
    ids = [element.attributes["id"] for element in page.all() if "id" in element.attributes]
    found = [f"id {ident} twice" for ident in sorted({ident for ident in ids if ids.count(ident) > 1})]
    for element in page.all():
        for name in ("aria-labelledby", "aria-describedby"):
            found += [
                f"{name} {ident} points nowhere"
                for ident in element.attributes.get(name, "").split()
                if ident not in ids
            ]
        href = element.attributes.get("href", "")
        if href.startswith("#") and href[1:] not in ids:
            found.append(f"{href} points nowhere")
    return found


def _pictures(page: Element) -> list[str]:
    found = []
    for picture in page.all("svg"):
        if picture.attributes.get("aria-hidden") == "true":
            continue
        titles, descriptions = picture.all("title"), picture.all("desc")
        if picture.attributes.get("role") != "img" or not titles or not descriptions or not descriptions[0].text:
            found.append("a picture without role, title or description")
    return found
