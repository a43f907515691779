"""Who a visitor is, as far as we may know: a key of 16 bytes, made from the request alone (rule 5). Pure."""

import base64
import binascii
import ipaddress
import secrets
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest
from typing import Final, NamedTuple

KEY_BYTES: Final = 16
COOKIE_NAME: Final = b"ctv"
COOKIE_MAX_AGE_S: Final = 180 * 24 * 3_600

_MAC_BYTES: Final = 12
_COOKIE_BYTES: Final = KEY_BYTES + 4 + KEY_BYTES + _MAC_BYTES
_PERSON: Final = b"visitor cookie"


class DayHash:
    """The keys of a day: the same for the same device and network, and nothing to anybody once the salt is gone."""

    __slots__ = ("_keyed",)

    def __init__(self, salt: bytes) -> None:
        self._keyed = blake2b(digest_size=KEY_BYTES, key=salt)

    def find_key(self, account_id: int, client_ip: str, user_agent: bytes, accept_language: bytes) -> bytes:
        seen = self._keyed.copy()
        seen.update(b"%d\0%b\0%b\0%b" % (account_id, _find_household(client_ip), user_agent, accept_language))
        return seen.digest()


def hash_visitor(salt: bytes, account_id: int, client_ip: str, user_agent: bytes, accept_language: bytes) -> bytes:
    """One key of a day; whoever needs many of the same day keeps its DayHash."""
    return DayHash(salt).find_key(account_id, client_ip, user_agent, accept_language)


def name_contact(contact_id: int) -> bytes:
    """The key of a contact-bound link: whoever clicks, it is the contact's click."""
    return contact_id.to_bytes(KEY_BYTES, "big")


class VisitorCookie(NamedTuple):
    """What our cookie says: a random id, the day it was set (days since 1970), and that day's hash of the visitor."""

    visitor_id: bytes
    set_on_day: int
    day_hash: bytes

    def find_key(self, day: int) -> bytes:
        """On the day it was set, the hash: the first click came without a cookie, and it is the same visitor."""
        return self.day_hash if day == self.set_on_day else self.visitor_id


def make_cookie(day: int, day_hash: bytes) -> VisitorCookie:
    return VisitorCookie(secrets.token_bytes(KEY_BYTES), day, day_hash)


def write_cookie(cookie: VisitorCookie, secret: bytes) -> bytes:
    """The value of the cookie, with a MAC, so that nobody can choose an id."""
    content = cookie.visitor_id + cookie.set_on_day.to_bytes(4, "big") + cookie.day_hash
    return base64.urlsafe_b64encode(content + _compute_mac(content, secret)).rstrip(b"=")


def read_cookie(header: bytes, secret: bytes) -> VisitorCookie | None:
    """Our cookie from a Cookie header. None when it is absent, damaged or not ours."""
    for part in header.split(b";"):
        name, _, value = part.strip().partition(b"=")
        if name == COOKIE_NAME:
            return read_cookie_value(value, secret)
    return None


def read_cookie_value(value: bytes, secret: bytes) -> VisitorCookie | None:
    """None for what is damaged or not ours."""
    try:
        raw = base64.b64decode(value + b"=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    content, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(raw) != _COOKIE_BYTES or not compare_digest(_compute_mac(content, secret), mac):
        return None
    day_at = KEY_BYTES + 4
    return VisitorCookie(content[:KEY_BYTES], int.from_bytes(content[KEY_BYTES:day_at], "big"), content[day_at:])


def _compute_mac(content: bytes, secret: bytes) -> bytes:
    return blake2b(content, digest_size=_MAC_BYTES, key=secret, person=_PERSON).digest()


@lru_cache(maxsize=16_384)
def _find_household(client_ip: str) -> bytes:
    """An IPv4 address, or the /64 of an IPv6 one: within it devices change their address at will."""
    try:
        address = ipaddress.ip_address(client_ip)
    except ValueError:
        return b""
    if isinstance(address, ipaddress.IPv6Address):
        return address.packed[:8] if address.ipv4_mapped is None else address.ipv4_mapped.packed
    return address.packed
