"""Tokens that are shown once: a prefix that finds the row, and a secret of which the hash alone is kept. Pure."""

import datetime as dt
import hashlib
import re
import secrets
from typing import Final, NamedTuple

USE_IS_NOTED_EVERY: Final = dt.timedelta(minutes=1)
_PREFIX_CHARS: Final = 8
_SECRET_CHARS: Final = 40
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_PARTS = re.compile(rf"([A-Za-z0-9]{{{_PREFIX_CHARS}}})_([A-Za-z0-9]{{{_SECRET_CHARS}}})", re.ASCII)


class TokenParts(NamedTuple):
    """The prefix finds the row; the hash, of 230 random bits, needs no slow function."""

    prefix: str
    secret_sha256: bytes


def make_token(start: str) -> str:
    """A new one as its owner sees it, once. What it starts with says what it is for, to people and to scanners."""
    return f"{start}{_draw(_PREFIX_CHARS)}_{_draw(_SECRET_CHARS)}"


def split_token(start: str, token: str) -> TokenParts | None:
    """None when this is no token of ours, so that no query is spent on it."""
    match = _PARTS.fullmatch(token, len(start)) if token.startswith(start) else None
    return TokenParts(match[1], hashlib.sha256(match[2].encode()).digest()) if match else None


def _draw(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
