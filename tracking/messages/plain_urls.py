"""Finds web addresses in running text, in time linear in its length. Pure.

Only http:// and https:// count. Punctuation that ends a sentence is not part of an address, nor is a closing bracket
that the address did not open.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_URL_CHARS: Final = 2_048

_CANDIDATE = re.compile(r"(?<![\w+.-])https?://[^\s<>\"'`{}|\\^]+", re.IGNORECASE)
_PUNCTUATION: Final = frozenset(".,;:!?*_~")
_FOREIGN_PUNCTUATION: Final = frozenset({"Po", "Pe", "Pf"})
_BRACKETS: Final = {")": "(", "]": "["}


class FoundUrl(NamedTuple):
    """From `start` to `end`, exclusive. `runs_to_the_end`: with the punctuation after it, it ends the text."""

    start: int
    end: int
    runs_to_the_end: bool


def find_plain_urls(text: str) -> Iterator[FoundUrl]:
    """Those of at most 2,048 characters, in their order."""
    for match in _CANDIDATE.finditer(text):
        length = _find_length(match.group())
        if length <= MAX_URL_CHARS:
            yield FoundUrl(match.start(), match.start() + length, match.end() == len(text))


def _find_length(candidate: str) -> int:
    surplus = {closing: candidate.count(closing) - candidate.count(opening) for closing, opening in _BRACKETS.items()}
    end = len(candidate)
    while end:
        last = candidate[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif not _is_punctuation(last):
            break
        end -= 1
    return end


def _is_punctuation(character: str) -> bool:
    if character.isascii():
        return character in _PUNCTUATION
    return unicodedata.category(character) in _FOREIGN_PUNCTUATION
