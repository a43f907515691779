"""The language of message templates: text with merge tags by name, and nothing else: no expressions, no attributes.

`{{ contact.name }}` is a tag; blanks inside do not matter. `\\{{` stands for two braces, `\\\\{{` for a backslash
before a tag; every other backslash and brace stands for itself. What is put in is never read again.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from tracking.errors import InvalidInputError
from tracking.messages.markup import leads_reader
from tracking.messages.plain_urls import FoundUrl, find_plain_urls

MAX_TEMPLATE_CHARS: Final = 20_000
URL_TAG: Final = "url_"

_OPENING: Final = "{{"
_CLOSING: Final = "}}"
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)?", re.ASCII)
_SHOWN_CHARS: Final = 60
_LINE_CHARACTERS: Final = "\n\r\t"
_UNSTORABLE_CATEGORIES: Final = frozenset({"Cc", "Cs"})


class Text(NamedTuple):
    text: str


class Tag(NamedTuple):
    """`position` says where it stands, for people: line:column, both from 1."""

    name: str
    position: str


class PlainUrl(NamedTuple):
    """A web address in the text that becomes a tracked link. Equal addresses have one tag: `url_1` is the first."""

    tag: str
    destination_url: str


Piece = Text | Tag | PlainUrl


class Markup(str):
    """HTML that is put into HTML as it is."""

    __slots__ = ()


Value = str | list[str]
NormaliseUrl = Callable[[str], str | None]


def parse_template(template: str) -> list[Text | Tag]:
    """Text and tags in their order. Raises InvalidInputError that says where it is wrong."""
    _check_characters(template)
    return [piece for piece in _split(template) if not isinstance(piece, Text) or piece.text]


def track_plain_urls(pieces: Sequence[Text | Tag], normalise: NormaliseUrl, *, is_html: bool = False) -> list[Piece]:
    """The same with the addresses in it. `normalise` answers None for an address that is left as it is.

    An address that runs into a tag is one that the tag completes, and is left as well. So is one in HTML that no
    reader follows.
    """
    tags: dict[str, str] = {}
    found: list[Piece] = []
    before = ""
    for place, piece in enumerate(pieces):
        if isinstance(piece, Tag):
            found.append(piece)
            before += piece.name
            continue
        runs_on = place + 1 < len(pieces)
        urls = [
            (url, normalise(_read_url(piece.text, url, is_html)))
            for url in find_plain_urls(piece.text)
            if not (runs_on and url.runs_to_the_end) and (not is_html or leads_reader(before + piece.text[: url.start]))
        ]
        found += _cut_urls(piece.text, tags, urls)
        before += piece.text
    return found


def render_template(pieces: Sequence[Piece], values: Mapping[str, Value], *, is_html: bool = False) -> str:
    """Put the values in, by the names of the tags; a list is put in line by line. KeyError for a tag without one."""
    return "".join(
        piece.text
        if isinstance(piece, Text)
        else _write(values[piece.name if isinstance(piece, Tag) else piece.tag], is_html)
        for piece in pieces
    )


def list_tags(pieces: Sequence[Piece]) -> dict[str, Tag]:
    """The tags that are written out, each where it stands first."""
    found: dict[str, Tag] = {}
    for piece in pieces:
        if isinstance(piece, Tag):
            found.setdefault(piece.name, piece)
    return found


def _split(template: str) -> Iterator[Text | Tag]:
    literal: list[str] = []
    start = 0
    while (opening := template.find(_OPENING, start)) >= 0:
        before, is_escaped = _unescape(template[start:opening])
        literal.append(before)
        start = opening + len(_OPENING)
        if is_escaped:
            literal.append(_OPENING)
            continue
        closing = template.find(_CLOSING, start)
        position = _locate(template, opening)
        if closing < 0:
            raise InvalidInputError(f"the tag that opens at {position} is never closed by }}}}", ("template",))
        yield Text("".join(literal))
        literal.clear()
        yield Tag(_read_name(template[start:closing], position), position)
        start = closing + len(_CLOSING)
    yield Text("".join([*literal, template[start:]]))


def _unescape(before: str) -> tuple[str, bool]:
    """What stands before two braces, and whether they are escaped."""
    if before.endswith("\\\\"):
        return before[:-1], False
    return (before[:-1], True) if before.endswith("\\") else (before, False)


def _read_name(inside: str, position: str) -> str:
    name = inside.strip()
    if not _NAME.fullmatch(name):
        shown = name if len(name) <= _SHOWN_CHARS else f"{name[:_SHOWN_CHARS]}…"
        raise InvalidInputError(f"{{{{ {shown} }}}} at {position} is not a merge tag", ("template",))
    return name


def _locate(template: str, offset: int) -> str:
    line = template.count("\n", 0, offset) + 1
    return f"{line}:{offset - template.rfind(chr(10), 0, offset)}"


def _check_characters(template: str) -> None:
    if not 0 < len(template) <= MAX_TEMPLATE_CHARS:
        raise InvalidInputError(f"a template has 1 to {MAX_TEMPLATE_CHARS} characters", ("template",))
    for character in template:
        if unicodedata.category(character) in _UNSTORABLE_CATEGORIES and character not in _LINE_CHARACTERS:
            raise InvalidInputError("the template holds a control character or half a character", ("template",))


def _read_url(text: str, url: FoundUrl, is_html: bool) -> str:
    raw = text[url.start : url.end]
    return html.unescape(raw) if is_html else raw


def _cut_urls(text: str, tags: dict[str, str], urls: Sequence[tuple[FoundUrl, str | None]]) -> Iterator[Piece]:
    start = 0
    for url, destination in urls:
        if destination is None:
            continue
        if url.start > start:
            yield Text(text[start : url.start])
        yield PlainUrl(tags.setdefault(destination, f"{URL_TAG}{len(tags) + 1}"), destination)
        start = url.end
    if start < len(text):
        yield Text(text[start:])


def _write(value: Value, is_html: bool) -> str:
    if isinstance(value, Markup):
        return value
    lines = [value] if isinstance(value, str) else value
    return "<br>\n".join(map(html.escape, lines)) if is_html else "\n".join(lines)
