"""What a tracking domain may be called, and how far one can be trusted. Pure."""

import datetime as dt
import re
import secrets
from enum import StrEnum
from typing import Final

from tracking.errors import InvalidInputError
from tracking.links.rules import normalise_host

VERIFICATION_LABEL: Final = "_creatrail"
FAILING_AFTER: Final = 3  # checks in a row that a nameserver answered without the record; verified ones: one a day
MAX_HOST_CHARS: Final = 253 - len(VERIFICATION_LABEL) - 1

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NOT_PUBLIC: Final = frozenset({"arpa", "internal", "invalid", "lan", "local", "localhost", "onion"})
# Names such as co.uk and com.au, under which everybody registers.
_SHARED_SECOND_LEVELS: Final = frozenset({"ac", "co", "com", "edu", "gob", "gov", "gouv", "ne", "net", "or", "org"})


class DomainStatus(StrEnum):
    """A FAILING domain was verified and has lost its record. It goes on redirecting, and takes no new links."""

    UNVERIFIED = "UNVERIFIED"
    VERIFIED = "VERIFIED"
    FAILING = "FAILING"


def find_status(verified_at: dt.datetime | None, failed_checks: int) -> DomainStatus:
    if verified_at is None:
        return DomainStatus.UNVERIFIED
    return DomainStatus.FAILING if failed_checks >= FAILING_AFTER else DomainStatus.VERIFIED


def check_host(raw: str) -> str:
    """The host as it is stored. Raises InvalidInputError for one that nobody could prove, or links should not take.

    A registered name itself is refused, since a website lives there: links take a name under it.
    """
    host = normalise_host(raw.strip())
    labels = (host or "").split(".")
    if host is None or len(host) > MAX_HOST_CHARS or not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidInputError("a host is a name such as go.brand.example, without scheme or path", ("host",))
    if labels[-1] in _NOT_PUBLIC or labels[-1].isdecimal():
        raise InvalidInputError(f"{host} is not a name in the public DNS", ("host",))
    if len(labels) <= _count_registered_labels(labels):
        raise InvalidInputError(f"{host} is no name under a domain of yours: take one such as go.{host}", ("host",))
    return host


def make_verification_token() -> str:
    return f"creatrail-verification={secrets.token_urlsafe(24)}"


def name_verification_record(host: str) -> str:
    return f"{VERIFICATION_LABEL}.{host}"


def _count_registered_labels(labels: list[str]) -> int:
    is_shared = len(labels) > 1 and len(labels[-1]) == 2 and labels[-2] in _SHARED_SECOND_LEVELS
    return 3 if is_shared else 2
