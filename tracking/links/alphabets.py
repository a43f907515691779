"""Hosts whose letters come from several alphabets, as those do that pass for another. Pure."""

import unicodedata
from typing import Final

from ada_url import URL, idna_to_unicode

_FIRST_ENCODED: Final = "xn--"
# One name may be written with all of these: UTS 39 calls it highly restrictive, and it is how Japanese is written.
_WRITTEN_TOGETHER: Final = frozenset({"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})


def mixes_alphabets(address: str) -> bool:
    """Whether a name in the host of this web address, in punycode as it is stored, mixes letters that look alike.

    A host that is written in one foreign alphabet alone is not told apart from an honest one.
    """
    return _FIRST_ENCODED in address and any(map(_is_mixed, URL(address).hostname.split(".")))


def _is_mixed(label: str) -> bool:
    if not label.startswith(_FIRST_ENCODED):
        return False
    alphabets = {_find_alphabet(letter) for letter in idna_to_unicode(label) if letter.isalpha()}
    return len(alphabets) > 1 and not alphabets <= _WRITTEN_TOGETHER


def _find_alphabet(letter: str) -> str:
    """The name of a character begins with it: CYRILLIC SMALL LETTER A."""
    return unicodedata.name(letter, "").replace("-", " ").partition(" ")[0]
