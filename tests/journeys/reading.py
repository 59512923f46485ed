"""Reads a rendered page the way a simple browser does."""

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "img", "br", "hr"}


class Reader(HTMLParser):
    """Collects tags and proves that they close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def step_fields(reader: Reader) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what the step's form owns, in document order: its own tags and those naming it."""
    owner = ""
    for tag, attributes in reader.tags:
        if tag == "form":
            owner = attributes.get("id", "")
        if attributes.get("form", owner) == "step-form":
            yield tag, attributes
