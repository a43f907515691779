"""From a report of a conversion as somebody sent it to one that can be recorded, or what is wrong with it. Pure."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from tracking.conversions.event import MAX_CLICK_IDS, MAX_KEY_CHARS, ConversionEvent
from tracking.conversions.kinds import CORRECTIONS, MAX_EVENT_CHARS, ConversionKind, Proof, Source, find_kind
from tracking.errors import InvalidInputError
from tracking.money import CURRENCY_DIGITS, check_currency_code, read_amount, to_minor
from tracking.offers.events import name_event
from tracking.stream_events import EARLIEST_MS
from tracking.text import check_text

DEFAULT_EVENT: Final = "sale"
MAX_COUPON_CHARS: Final = 64
FUTURE_LIMIT_MS: Final = 5 * 60 * 1_000
_MOST_DIGITS: Final = 3  # of any currency
_USUAL_DIGITS: Final = 9  # before the point
_MAX_MAJOR: Final = Decimal(10) ** 12
_UNIX_SECONDS: Final = re.compile(r"[0-9]{9,10}", re.ASCII)
_ISO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


class RefusalCode(StrEnum):
    """Why a report was not taken. Public: senders compare them."""

    BAD_REQUEST = "bad_request"  # not one host, or a query or body that cannot be read
    TOO_LARGE = "too_large"
    UNKNOWN_HOST = "unknown_host"
    MISSING = "missing"
    INVALID = "invalid"
    BAD_CLICK_ID = "bad_click_id"  # not signed by us
    UNKNOWN_LINK = "unknown_link"
    UNKNOWN_OFFER = "unknown_offer"
    BAD_SECRET = "bad_secret"  # noqa: S105 -- the name of a refusal
    BAD_KEY = "bad_key"  # not a live publishable key of this host's account
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    BAD_SIGNATURE = "bad_signature"
    BAD_TIME = "bad_time"  # of a signature: more than five minutes away
    REPLAYED = "replayed"  # the nonce was used before
    NOT_ALLOWED = "not_allowed"  # asked for what needs a proof, without one
    NOT_A_REPORT = "not_a_report"  # a prefetch or a preview, which report nothing
    METHOD_NOT_ALLOWED = "method_not_allowed"
    RATIONED = "rationed"
    UNAVAILABLE = "unavailable"  # nobody can tell right now: send it again
    NOT_DURABLE = "not_durable"  # nothing could keep it: send it again


class ReportError(Exception):
    """`field` is named as the sender did; "" when no single one is wrong."""

    def __init__(self, code: RefusalCode, field: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.message = message


class GivenReport(NamedTuple):
    """As it was sent, "" for what was not. `click_ids` are tokens as destinations get them, the key first."""

    event: str = ""
    txn_id: str = ""
    refund_id: str = ""
    revenue: str = ""
    currency: str = ""
    occurred_at: str = ""
    coupon: str = ""
    click_ids: tuple[str, ...] = ()


class KnownReport(NamedTuple):
    """What its door found out about it. `currency`: of the offer that was named; "" when the worker has to find it."""

    account_id: int
    received_at_ms: int
    source: Source
    proof: Proof
    read_click_id: Callable[[str], bytes | None]
    currency: str = ""
    link_id: int | None = None
    offer_id: int | None = None
    visitor_keys: tuple[bytes, ...] = ()
    page_host: str = ""
    ignores_bad_click_ids: bool = False  # where they are what a page once got in its address, from whomever


def read_report(given: GivenReport, known: KnownReport) -> ConversionEvent:
    """Raises ReportError, which names the first field that is wrong."""
    event = _read_event(given.event)
    kind = find_kind(event)
    txn_id = _read_key(given.txn_id, "txn_id")
    part = _read_key(given.refund_id, "refund_id")
    _check_part(kind, txn_id, part)
    click_ids = _read_click_ids(given, known)
    if not txn_id and not click_ids:
        raise ReportError(RefusalCode.MISSING, "txn_id", "give txn_id, click_id, or both: a report needs a key")
    currency = _read_currency(given.currency) or known.currency
    return ConversionEvent(
        received_at_ms=known.received_at_ms,
        account_id=known.account_id,
        source=known.source.value,
        proof=known.proof.value,
        event=event,
        txn_id=txn_id,
        part=part,
        revenue=_read_revenue(given.revenue, currency),
        currency=currency,
        occurred_at_ms=_read_time(given.occurred_at, known) if known.proof > Proof.NONE else None,
        click_ids=click_ids,
        visitor_keys=list(known.visitor_keys),
        link_id=known.link_id,
        offer_id=known.offer_id,
        coupon=_read_text(given.coupon, "coupon", MAX_COUPON_CHARS),
        page_host=known.page_host,
    )


@lru_cache(maxsize=1_024)
def _read_event(text: str) -> str:
    return name_event(_read_text(text, "event", MAX_EVENT_CHARS)) or DEFAULT_EVENT


def _read_text(text: str, field: str, max_chars: int) -> str:
    if not text:
        return text
    try:
        return check_text(text, field, max_chars=max_chars, is_optional=True)
    except InvalidInputError as error:
        raise ReportError(RefusalCode.INVALID, field, error.message) from None


def _read_key(text: str, field: str) -> str:
    if not text:
        return text
    key = text.strip()
    if len(key) > MAX_KEY_CHARS or not key.isprintable():
        message = f"{field} has at most {MAX_KEY_CHARS} printable characters"
        raise ReportError(RefusalCode.INVALID, field, message)
    return key


def _check_part(kind: ConversionKind, txn_id: str, part: str) -> None:
    if kind not in CORRECTIONS:
        if part:
            message = "refund_id goes with the event refund, chargeback or void: say which of them happened"
            raise ReportError(RefusalCode.INVALID, "refund_id", message)
        return
    if not txn_id:
        message = f"a {kind.name.lower()} names the txn_id of what it takes back"
        raise ReportError(RefusalCode.MISSING, "txn_id", message)
    if kind is ConversionKind.REFUND and not part:
        message = "a refund has an id of its own, as there may be several of one order"
        raise ReportError(RefusalCode.MISSING, "refund_id", message)


def _read_click_ids(given: GivenReport, known: KnownReport) -> list[bytes]:
    """Each once, in the order given."""
    tokens = [token for token in given.click_ids if token]
    if len(tokens) > MAX_CLICK_IDS:
        raise ReportError(RefusalCode.INVALID, "click_id", f"give at most {MAX_CLICK_IDS} click ids")
    read = [known.read_click_id(token) for token in tokens]
    found = [click_id for click_id in read if click_id is not None]
    if len(found) < len(read):
        is_enough = bool(given.txn_id.strip() or found)
        if not (known.ignores_bad_click_ids and is_enough):
            message = "this is no click id of ours: send it as it came in the address of the page"
            raise ReportError(RefusalCode.BAD_CLICK_ID, "click_id", message)
    return list(dict.fromkeys(found)) if len(found) > 1 else found


def _read_currency(text: str) -> str:
    code = text.strip().upper()
    if not code:
        return ""
    try:
        return check_currency_code(code)
    except InvalidInputError as error:
        raise ReportError(RefusalCode.INVALID, "currency", error.message) from None


def _read_revenue(text: str, currency: str) -> str:
    """The number as it was given. Without a currency, digits that no currency has are refused already."""
    text = text.strip()
    if not text or _is_usual(text, currency):
        return text
    try:
        amount = read_amount(text)
    except ValueError:
        message = "revenue is a decimal number without sign in major units, such as 12.50"
        raise ReportError(RefusalCode.INVALID, "revenue", message) from None
    if currency:
        try:
            to_minor(amount, currency, "revenue")
        except InvalidInputError as error:
            raise ReportError(RefusalCode.INVALID, "revenue", error.message) from None
    elif len(text.partition(".")[2]) > _MOST_DIGITS or amount > _MAX_MAJOR:
        message = f"revenue has at most {_MOST_DIGITS} decimal digits, and is at most {_MAX_MAJOR}"
        raise ReportError(RefusalCode.INVALID, "revenue", message)
    return text


def _is_usual(text: str, currency: str) -> bool:
    """Whether nothing can be wrong with an amount, told without computing it."""
    whole, _, digits = text.partition(".")
    is_number = text.isascii() and whole.isdigit() and (digits.isdigit() or whole == text)
    return is_number and len(whole) <= _USUAL_DIGITS and len(digits) <= CURRENCY_DIGITS.get(currency, _MOST_DIGITS)


def _read_time(text: str, known: KnownReport) -> int | None:
    text = text.strip()
    if not text:
        return None
    at_ms = _to_ms(text)
    if at_ms is None:
        message = "occurred_at is a time with its zone, such as 2026-03-01T12:00:00Z, or Unix seconds"
        raise ReportError(RefusalCode.INVALID, "occurred_at", message)
    if not EARLIEST_MS <= at_ms <= known.received_at_ms + FUTURE_LIMIT_MS:
        raise ReportError(RefusalCode.INVALID, "occurred_at", "occurred_at is from the year 2000 on, and not to come")
    return at_ms


def _to_ms(text: str) -> int | None:
    if _UNIX_SECONDS.fullmatch(text):
        return int(text) * 1_000
    if not _ISO_TIME.fullmatch(text):
        return None
    try:
        return round(dt.datetime.fromisoformat(text.upper()).timestamp() * 1_000)
    except (ValueError, OverflowError):
        return None
