"""What an account's settings and an API key look like. Pure."""

import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import available_timezones

from ada_url import URL

from tracking.accounts.models import Role, Scope
from tracking.conversions.kinds import CORRECTIONS, ConversionKind
from tracking.errors import InvalidInputError
from tracking.secret_tokens import TokenParts, make_token, split_token
from tracking.text import check_text

KEY_START: Final = "ct_live_"
MAX_WINDOW_DAYS: Final = 365
DAYS_BEYOND_WINDOW: Final = 7
MAX_RETENTION_DAYS: Final = 3_650
MAX_ORIGINS: Final = 50
MAX_CAP_PER_LINK_HOUR: Final = 1_000_000
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_SCOPES: Final = {
    Role.ADMIN: frozenset({Scope.ADMIN, Scope.WRITE, Scope.READ}),
    Role.EDITOR: frozenset({Scope.WRITE, Scope.READ}),
    Role.VIEWER: frozenset({Scope.READ}),
}


class NewUser(NamedTuple):
    name: str
    external_id: str | None = None
    role: Role = Role.VIEWER


def make_api_key() -> str:
    """A new key as its owner sees it, once."""
    return make_token(KEY_START)


def split_api_key(token: str) -> TokenParts | None:
    return split_token(KEY_START, token)


def scopes_of(role: Role) -> frozenset[Scope]:
    """All that a person with the role may do, the lesser scopes included."""
    return _SCOPES[role]


def check_account_slug(slug: str) -> str:
    if not _SLUG.fullmatch(slug):
        raise InvalidInputError("a slug has 1 to 63 of a-z, 0-9 and '-', as a host name's label does", ("slug",))
    return slug


def check_timezone(name: str) -> str:
    if name not in _list_timezones():
        raise InvalidInputError("a time zone is named as IANA does, such as Europe/Berlin or UTC", ("timezone",))
    return name


def check_currency(code: str) -> str:
    if not _CURRENCY.fullmatch(code):
        raise InvalidInputError("a currency is a code of ISO 4217, such as EUR", ("currency",))
    return code


def check_user(user: NewUser) -> NewUser:
    """The user as it is stored. Raises InvalidInputError by field."""
    external_id = user.external_id
    return user._replace(
        name=check_text(user.name, "name", max_chars=200),
        external_id=None if external_id is None else check_text(external_id, "externalId", max_chars=200),
    )


def check_window(days: int) -> int:
    if not 1 <= days <= MAX_WINDOW_DAYS:
        raise InvalidInputError(
            f"an attribution window has 1 to {MAX_WINDOW_DAYS} days, not {days}", ("attributionWindowDays",)
        )
    return days


def check_own_window(days: int, retention_days: int) -> int:
    """Of a campaign or an offer: no longer than the account's clicks are kept for."""
    check_window(days)
    if days + DAYS_BEYOND_WINDOW > retention_days:
        raise InvalidInputError(
            f"the account keeps clicks for {retention_days} days: give at most {retention_days - DAYS_BEYOND_WINDOW},"
            f" or raise its retentionDays to {days + DAYS_BEYOND_WINDOW} first",
            ("attributionWindowDays",),
        )
    return days


def check_counted_kinds(kinds: Collection[ConversionKind]) -> tuple[ConversionKind, ...]:
    """Each once, in one order. What takes back is never counted: it lowers values, and a void takes its sale away."""
    if not kinds:
        raise InvalidInputError("name at least one kind of conversions that counts", ("countedKinds",))
    for kind in kinds:
        if kind in CORRECTIONS:
            raise InvalidInputError(f"{kind.name} takes a conversion back, and is none to count", ("countedKinds",))
    return tuple(sorted(set(kinds)))


def check_cap(per_link_hour: int) -> int:
    if not 0 <= per_link_hour <= MAX_CAP_PER_LINK_HOUR:
        raise InvalidInputError(f"a cap is from 0 to {MAX_CAP_PER_LINK_HOUR:,}", ("capPerLinkHour",))
    return per_link_hour


def check_retention(days: int, window_days: int) -> int:
    """Clicks are kept for longer than the window in which something may still be attributed to them."""
    least = window_days + DAYS_BEYOND_WINDOW
    if not least <= days <= MAX_RETENTION_DAYS:
        raise InvalidInputError(
            f"keep clicks for {least} days (the attribution window and {DAYS_BEYOND_WINDOW}) to {MAX_RETENTION_DAYS}",
            ("retentionDays",),
        )
    return days


def check_origins(given: Sequence[str], name: str = "allowedOrigins") -> tuple[str, ...]:
    """Origins to the letter as browsers send them, each once. Raises InvalidInputError."""
    if len(given) > MAX_ORIGINS:
        raise InvalidInputError(f"at most {MAX_ORIGINS} origins", (name,))
    for place, origin in enumerate(given):
        if not _is_origin(origin):
            raise InvalidInputError(
                "an origin is a scheme, a host and a port other than the usual one, such as https://app.example",
                (name, str(place)),
            )
    return tuple(dict.fromkeys(given))


def _is_origin(text: str) -> bool:
    try:
        parsed = URL(text)
    except ValueError:
        return False
    return text == parsed.origin and parsed.protocol in {"https:", "http:"} and "*" not in text


@cache
def _list_timezones() -> frozenset[str]:
    """Once: it reads through folders of files."""
    return frozenset(available_timezones())
