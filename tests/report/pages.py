"""What a page of the site consists of, as a browser would read it."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = {"meta", "link", "br", "img", "hr", "input", "rect", "path"}


class Page(HTMLParser):
    """Elements, ids and links of one file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []  # of every kind: href and src
        self.scripts: list[str | None] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(path.read_text("utf-8"))
        self.close()
        self.unbalanced += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.elements.add(tag)
        self.attributes.update(values)
        if "id" in values:
            self.ids.append(values["id"] or "")
        for name in ("href", "src"):
            if name in values:
                self.links.append(values[name] or "")
        if tag == "script":
            self.scripts.append(values.get("src"))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def targets(self) -> list[tuple[Path, str]]:
        """Files and anchors of the site that it links to."""
        found = []
        for link in self.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            path = self.path
            if parts.path:
                path = (self.path.parent / unquote(parts.path)).resolve()
            found.append((path, parts.fragment))
        return found
