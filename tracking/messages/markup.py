"""Which addresses in HTML lead the reader somewhere: those of links and of running text.

A picture, a style sheet or a document type is fetched by the program that shows the message: were it tracked, opening
the message would count as a click. Pure.
"""

import re
from typing import Final

_LINK = re.compile(r"<(?:a|area)\s(?:[^>]*\s)?href\s*=\s*[\"']?\s*\Z", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-z/!?]", re.IGNORECASE)
_UNREAD: Final = ("style", "script", "title")


def leads_reader(before: str) -> bool:
    """True for an address that follows `before`, the HTML in front of it."""
    opened = before.rfind("<")
    if opened > before.rfind(">") and _MARKUP.match(before, opened):
        return _LINK.match(before, opened) is not None
    lower = before.lower()
    return all(lower.rfind(f"<{name}") <= lower.rfind(f"</{name}") for name in _UNREAD)
