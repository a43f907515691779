"""What a visitor can show of who they are: our cookie, and addresses that they were sent to. Pure."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tracking.clicks.tokens import ClickTokens
from tracking.clicks.visitors import read_cookie_value
from tracking.erasure.visitor_service import Shown
from tracking.errors import InvalidInputError

MAX_CLICKS: Final = 100


def read_shown(
    cookie: str | None,
    click_ids: Sequence[UUID | None],
    click_tokens: Sequence[str],
    *,
    cookie_secret: bytes,
    tokens: ClickTokens,
) -> Shown:
    """InvalidInputError names what is wrong; a click id of None is one that nobody has."""
    if cookie is None and not click_ids and not click_tokens:
        raise InvalidInputError("give the visitor's cookie, a click id or a click token", ("visitor",))
    if len(click_ids) + len(click_tokens) > MAX_CLICKS:
        raise InvalidInputError(f"at most {MAX_CLICKS} clicks at once", ("clickIds",))
    clicks = [(click_id, ("clickIds", str(place))) for place, click_id in enumerate(click_ids)]
    for place, token in enumerate(click_tokens):
        path = ("clickTokens", str(place))
        clicks.append((_read_token(token, tokens, path), path))
    return Shown(_read_cookie(cookie, cookie_secret), tuple(clicks))


def _read_cookie(cookie: str | None, secret: bytes) -> frozenset[bytes]:
    """Both keys that clicks with this cookie have: that of the day when it was set, and that of all others."""
    if cookie is None:
        return frozenset()
    known = read_cookie_value(cookie.strip().encode(), secret)
    if known is None:
        raise InvalidInputError("this is no cookie of ours: its value is that of ctv, unchanged", ("visitor",))
    return frozenset({known.visitor_id, known.day_hash})


def _read_token(token: str, tokens: ClickTokens, path: tuple[str, ...]) -> UUID:
    click_id = tokens.verify(token)
    if click_id is None:
        raise InvalidInputError("this is no click token of ours: it is what stands after ct= in the address", path)
    return UUID(bytes=click_id)
