"""The use case of reporting conversions by the graph: each that can be taken is stored before the answer."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import Proof, Source
from tracking.conversions.reading import GivenReport, KnownReport, ReportError, read_report
from tracking.conversions.store import store_conversions
from tracking.errors import DomainError, InvalidInputError, NotFoundError
from tracking.idempotency import KeptError, answer_once, keep_error, restore_error

MAX_CONVERSIONS_A_CALL: Final = 1_000

_OFFERS: Final = """
    SELECT offer.id, coalesce(offer.currency, account.currency) AS currency
    FROM offer JOIN account ON account.id = offer.account_id
    WHERE offer.account_id = $1 AND offer.id = ANY ($2::bigint[])
"""
# Of the offer that the link is for, as links know it; a link without one leaves the currency to the worker.
_LINKS: Final = """
    SELECT link.id, coalesce(offer.currency, account.currency, '') AS currency
    FROM link
    JOIN account ON account.id = link.account_id
    LEFT JOIN offer ON offer.id = link.offer_id
    WHERE link.account_id = $1 AND link.id = ANY ($2::bigint[])
"""
# What the reader of reports calls by another name than the graph does.
_GRAPH_NAMES: Final = {
    "txn_id": "txnId",
    "refund_id": "refundId",
    "occurred_at": "occurredAt",
    "click_id": "clickIds",
    "click_ids": "clickIds",
}


class GivenConversion(NamedTuple):
    """What a brand's server reports. `click_ids` are tokens as destinations get them; "" and None are not said."""

    event: str = ""
    txn_id: str = ""
    refund_id: str = ""
    revenue: Decimal | None = None
    currency: str = ""
    occurred_at: dt.datetime | None = None
    coupon: str = ""
    click_ids: tuple[str, ...] = ()
    link_id: int | None = None
    offer_id: int | None = None


class RecordedConversion(NamedTuple):
    """What became of one item: the conversion that it reports, new or not, or why it was not taken."""

    place: int
    conversion_id: UUID | None
    error: DomainError | None


class _KeptReport(NamedTuple):
    """As KeptItem of `tracking.idempotency`, with a UUID in text."""

    conversion_id: str | None
    error: KeptError | None = None


class _Known(NamedTuple):
    """The currencies of the account's links and offers among those that are named, by id."""

    links: Mapping[int, str]
    offers: Mapping[int, str]


async def record_conversions(
    pool: asyncpg.Pool,
    account_id: int,
    given: Sequence[GivenConversion],
    read_click_id: Callable[[str], bytes | None],
    *,
    idempotency_key: str | None = None,
) -> list[RecordedConversion]:
    """Take each report that can be taken; the others say why not. Repeated or interrupted, it adds nothing twice.

    Raises InvalidInputError for the call as a whole.
    """
    if not 1 <= len(given) <= MAX_CONVERSIONS_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_CONVERSIONS_A_CALL:,} conversions in a call", ("conversions",))

    async def work(_: BaseDBAsyncClient) -> list[_KeptReport]:
        # in a transaction of its own: unique keys tell a repeat, whatever became of the answer
        return await _record(pool, account_id, given, read_click_id)

    kept = await answer_once(
        account_id, "recordConversions", idempotency_key, list(given), work, answer_type=list[_KeptReport]
    )
    return [
        RecordedConversion(
            place,
            UUID(each.conversion_id) if each.conversion_id else None,
            restore_error(each.error) if each.error else None,
        )
        for place, each in enumerate(kept)
    ]


async def _record(
    pool: asyncpg.Pool,
    account_id: int,
    given: Sequence[GivenConversion],
    read_click_id: Callable[[str], bytes | None],
) -> list[_KeptReport]:
    known = await _find_known(pool, account_id, given)
    door = KnownReport(account_id, now_ms(), Source.GRAPH, Proof.API_KEY, read_click_id)
    read = [_read(place, each, known, door) for place, each in enumerate(given)]
    stored = await store_conversions(pool, [each for each in read if isinstance(each, ConversionEvent)])
    if stored.rejected:
        raise LookupError(f"a report that was read is {stored.rejected[0].reason}")
    ids = iter(stored.conversion_ids)
    return [
        _KeptReport(str(next(ids))) if isinstance(each, ConversionEvent) else _KeptReport(None, keep_error(each))
        for each in read
    ]


async def _find_known(pool: asyncpg.Pool, account_id: int, given: Sequence[GivenConversion]) -> _Known:
    link_ids = sorted({each.link_id for each in given if each.link_id is not None})
    offer_ids = sorted({each.offer_id for each in given if each.offer_id is not None})
    links = await pool.fetch(_LINKS, account_id, link_ids)
    offers = await pool.fetch(_OFFERS, account_id, offer_ids)
    return _Known({row["id"]: row["currency"] for row in links}, {row["id"]: row["currency"] for row in offers})


def _read(place: int, given: GivenConversion, known: _Known, door: KnownReport) -> ConversionEvent | DomainError:
    path = ("conversions", str(place))
    if given.link_id is not None and given.link_id not in known.links:
        return NotFoundError("no such link", (*path, "linkId"))
    if given.offer_id is not None and given.offer_id not in known.offers:
        return NotFoundError("no such offer", (*path, "offerId"))
    currency = known.offers.get(given.offer_id or 0) or known.links.get(given.link_id or 0, "")
    try:
        return read_report(
            _write(given), door._replace(currency=currency, link_id=given.link_id, offer_id=given.offer_id)
        )
    except ReportError as error:
        return InvalidInputError(error.message, (*path, _GRAPH_NAMES.get(error.field, error.field)))


def _write(given: GivenConversion) -> GivenReport:
    return GivenReport(
        event=given.event,
        txn_id=given.txn_id,
        refund_id=given.refund_id,
        revenue="" if given.revenue is None else str(given.revenue),
        currency=given.currency,
        occurred_at="" if given.occurred_at is None else given.occurred_at.isoformat(),
        coupon=given.coupon,
        click_ids=given.click_ids,
    )
