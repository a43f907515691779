"""From what reports name to clicks and links: the clues of a conversion, followed in a few statements for many."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from tracking.conversions.amounts import Report
from tracking.conversions.deciding import Known, Tracks
from tracking.conversions.kinds import Method, Proof
from tracking.conversions.receipts import Receipt, read_receipt
from tracking.conversions.rules import Clue, Fallback, KnownClick, Labels
from tracking.conversions.state import Order
from tracking.conversions.terms import AllTerms, read_terms
from tracking.database import list_columns

# Of somebody who clicks very often on one link the first and the last clicks are candidates.
_OF_EACH_END: Final = 25
_LABELS: Final = ", ".join(Labels._fields)
_LINK_LABELS: Final = ", ".join(_LABELS.split(", ")[1:])

# Held until we commit: whoever judges these clicks anew meanwhile tells of it afterwards, and is heard.
_CLICKS: Final = f"""
    SELECT id, account_id, occurred_at, is_counted, visitor_key, {_LABELS}
    FROM click WHERE id = ANY ($1) ORDER BY id FOR SHARE
"""
_CLICKS_UNLOCKED: Final = f"""
    SELECT id, account_id, occurred_at, is_counted, visitor_key, {_LABELS} FROM click WHERE id = ANY ($1)
"""
_LINKS: Final = f"""
    SELECT id AS link_id, account_id, is_test OR is_honeypot AS is_for_nobody, {_LINK_LABELS}
    FROM link WHERE id = ANY ($1)
"""
_COUPONS: Final = f"""
    SELECT wanted.account_id, wanted.code, wanted.used_at, link.id AS link_id, {_LINK_LABELS}
    FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS wanted (account_id, code, used_at)
    JOIN coupon ON coupon.account_id = wanted.account_id AND lower(coupon.code) = lower(wanted.code)
        AND coupon.created_at <= wanted.used_at AND coalesce(coupon.archived_at > wanted.used_at, true)
    JOIN link ON link.id = coupon.link_id
"""


def _find_ends(columns: str, condition: str) -> str:
    ends = (
        f"(SELECT id FROM click WHERE {condition} ORDER BY id {way} LIMIT {_OF_EACH_END})" for way in ("ASC", "DESC")
    )
    return f"""
        SELECT {columns}, found.id FROM unnest($1::bigint[], {{second}}) AS wanted ({columns})
        CROSS JOIN LATERAL ({" UNION ".join(ends)}) AS found
    """


_BY_COOKIE: Final = _find_ends(
    "link_id, visitor_key", "click.link_id = wanted.link_id AND click.visitor_key = wanted.visitor_key"
).format(second="$2::bytea[]")
_BY_CONTACT: Final = _find_ends(
    "message_id, contact_id", "click.message_id = wanted.message_id AND click.contact_id = wanted.contact_id"
).format(second="$2::bigint[]")

_CouponKey = tuple[int, str, Any]


class _Found(NamedTuple):
    links: dict[int, asyncpg.Record]
    coupons: dict[_CouponKey, Labels]
    by_cookie: dict[tuple[int, bytes], list[UUID]]
    by_contact: dict[tuple[int, int], list[UUID]]


class Trace(NamedTuple):
    tracks: dict[UUID, Tracks]
    terms: AllTerms


async def trace(connection: asyncpg.Connection, orders: Sequence[Order], *, is_locking: bool = True) -> Trace:
    """The tracks of all conversions of these orders that take nothing back."""
    bases = [(order, known) for order in orders for known in order.known if not known.is_correction]
    reports = [(order.key[0], report) for order, known in bases for report in known.reports]
    of_reports = [report.offer_id for _, report in reports]
    found = await _follow(connection, reports)
    receipts = _read_receipts(orders)
    clues = {known.conversion_id: _add_candidates(order, known, found, receipts) for order, known in bases}
    wanted = sorted({click_id for each in clues.values() for clue in each for click_id in clue.click_ids})
    rows = await connection.fetch(_CLICKS if is_locking else _CLICKS_UNLOCKED, wanted) if wanted else []
    of_receipts = [each.offer_id or None for receipt in receipts.values() for each in receipt.candidates]
    terms = await _read_terms(connection, orders, rows, found, [*of_reports, *of_receipts])
    stored = {row["id"]: _read_click(row, terms) for row in rows if row["account_id"] in terms.accounts}
    strangers = {row["id"]: _read_stranger(row) for row in rows if row["account_id"] not in terms.accounts}
    tracks = {}
    for order, known in bases:
        recalled, how = _recall(order.rows.get(known.conversion_id), known, receipts, stored, terms)
        clicks = {**stored, **strangers}
        fallbacks = tuple(_list_fallbacks(order.key[0], known.reports, found, terms))
        sought_at = _find_sought_at(order.key[0], known.reports, found)
        left = Tracks(tuple(clues[known.conversion_id]), clicks, fallbacks, sought_at)
        tracks[known.conversion_id] = left
        if recalled:
            more = left._replace(clues=(*left.clues, *how), clicks=clicks | recalled, without_recalled=left)
            tracks[known.conversion_id] = more
    return Trace(tracks, terms)


async def _follow(connection: asyncpg.Connection, reports: Sequence[tuple[int, Report]]) -> _Found:
    link_ids = sorted({report.link_id for _, report in reports if report.link_id is not None})
    links = {row["link_id"]: row for row in await connection.fetch(_LINKS, link_ids)} if link_ids else {}
    codes = sorted({(account, report.coupon, report.received_at) for account, report in reports if report.coupon})
    coupons = await connection.fetch(_COUPONS, *list_columns(codes)) if codes else []
    pairs = sorted({(report.link_id, key) for _, report in reports for key in report.visitor_keys if report.link_id})
    contacts = sorted({(row["message_id"], row["contact_id"]) for row in links.values() if _is_of_contact(row)})
    return _Found(
        links,
        {(row["account_id"], row["code"], row["used_at"]): _read_labels(row) for row in coupons},
        _group(await connection.fetch(_BY_COOKIE, *list_columns(pairs)) if pairs else []),
        _group(await connection.fetch(_BY_CONTACT, *list_columns(contacts)) if contacts else []),
    )


def _group(rows: Iterable[Any]) -> dict[tuple[Any, Any], list[UUID]]:
    grouped: dict[tuple[Any, Any], list[UUID]] = {}
    for first, second, click_id in rows:
        grouped.setdefault((first, second), []).append(click_id)
    return grouped


def _list_clues(account_id: int, reports: Sequence[Report], found: _Found) -> Iterator[Clue]:
    is_dated = _is_dated(reports)
    for report in reports:
        is_proven = report.proof is not Proof.NONE
        at = None if is_dated else report.received_at
        if report.click_ids:
            yield Clue(Method.CLICK_ID, is_proven, report.click_ids, at)
        link = _find_link(account_id, report, found)
        if link is None:
            continue
        for key in report.visitor_keys:
            yield Clue(Method.COOKIE, is_proven, tuple(found.by_cookie.get((link["link_id"], key), ())), at)
        if _is_of_contact(link):
            of_contact = found.by_contact.get((link["message_id"], link["contact_id"]), ())
            yield Clue(Method.CONTACT, is_proven, tuple(of_contact), at)


def _is_dated(reports: Iterable[Report]) -> bool:
    return any(report.occurred_at is not None for report in reports)


def _find_link(account_id: int, report: Report, found: _Found) -> Any | None:
    link = found.links.get(report.link_id or 0)
    return link if link is not None and link["account_id"] == account_id else None


def _is_of_contact(link: Any) -> bool:
    return bool(link["contact_id"] and link["message_id"])


def _find_sought_at(account_id: int, reports: Iterable[Report], found: _Found) -> dt.datetime | None:
    leading = []
    for report in reports:
        link = _find_link(account_id, report, found)
        if report.click_ids or (link is not None and (report.visitor_keys or _is_of_contact(link))):
            leading.append(report.received_at)
    return max(leading, default=None)


def _read_receipts(orders: Iterable[Order]) -> dict[UUID, Receipt]:
    rows = (each for order in orders for each in order.rows.items())
    return {conversion_id: read_receipt(row["receipt"]) for conversion_id, row in rows if row["receipt"] is not None}


def _add_candidates(order: Order, known: Known, found: _Found, receipts: Mapping[UUID, Receipt]) -> list[Clue]:
    """With the clicks that were looked at before, where what led to them does so no more: they are not kept, or were
    made nobody's. The one that earned it does still, and the others cast the same doubt on a bare link: on a proven one
    where a proof led to them, whoever names them beside it.
    """
    clues = list(_list_clues(order.key[0], known.reports, found))
    receipt = receipts.get(known.conversion_id)
    if receipt is None:
        return clues
    moment = _recall_moment(order.rows[known.conversion_id], known)
    reached = {click_id for clue in clues for click_id in clue.click_ids}
    proven = {click_id for clue in clues if clue.is_proven for click_id in clue.click_ids}
    for each in receipt.candidates:
        click_id = UUID(each.click_id)
        if click_id not in reached:
            clues.append(Clue(each.method, each.is_proven, (click_id,), moment))
        elif each.is_proven and click_id not in proven:
            clues.append(Clue(Method.CONTACT, True, (click_id,), moment))
    return clues


def _recall_moment(row: Any, known: Known) -> dt.datetime | None:
    """By what a click was measured that nothing leads to any more, unless somebody can say when it was."""
    moment: dt.datetime = row["occurred_at"]
    return None if _is_dated(known.reports) else moment


def _list_fallbacks(account_id: int, reports: Iterable[Report], found: _Found, terms: AllTerms) -> Iterator[Fallback]:
    for report in reports:
        labels = found.coupons.get((account_id, report.coupon or "", report.received_at))
        if labels is not None:
            yield Fallback(Method.COUPON, report.proof, labels)
        link = _find_link(account_id, report, found)
        if link is not None and not link["is_for_nobody"]:
            yield Fallback(Method.LINK, report.proof, _read_labels(link))
        if report.proof is not Proof.NONE and terms.is_offer_of(account_id, report.offer_id):
            yield Fallback(Method.OFFER, report.proof, Labels(offer_id=report.offer_id))


async def _read_terms(
    connection: asyncpg.Connection,
    orders: Sequence[Order],
    clicks: Sequence[Any],
    found: _Found,
    offer_ids: Iterable[int | None],
) -> AllTerms:
    standing = [row for order in orders for row in order.rows.values()]
    labelled = [*clicks, *found.links.values(), *standing]
    of_coupons = found.coupons.values()
    return await read_terms(
        connection,
        {order.key[0] for order in orders},
        [*(row["campaign_id"] for row in labelled), *(labels.campaign_id for labels in of_coupons)],
        [
            *(row["offer_id"] for row in labelled),
            *(labels.offer_id for labels in of_coupons),
            *offer_ids,
        ],
    )


def _recall(
    row: asyncpg.Record | None,
    known: Known,
    receipts: Mapping[UUID, Receipt],
    stored: Mapping[UUID, KnownClick],
    terms: AllTerms,
) -> tuple[dict[UUID, KnownClick], list[Clue]]:
    """The click that earned it, when it is not kept any more, and how: what was earned stays earned, by what it was."""
    if row is None or row["click_id"] is None or row["click_id"] in stored:
        return {}, []
    click_id: UUID = row["click_id"]
    click = {**row, "id": click_id, "occurred_at": row["clicked_at"], "is_counted": True, "visitor_key": None}
    chosen = next((each for each in receipts[known.conversion_id].candidates if each.click_id == str(click_id)), None)
    if chosen is None:
        return {click_id: _read_click(click, terms)}, []
    if chosen.offer_id is not msgspec.UNSET:  # the row may have an offer that the click had not
        click["offer_id"] = chosen.offer_id
    recalled = _read_click(click, terms)
    if chosen.window_s is not None:  # what it was measured by
        recalled = recalled._replace(window_s=chosen.window_s)
    return {click_id: recalled}, [Clue(chosen.method, chosen.is_proven, (click_id,), _recall_moment(row, known))]


def _read_click(row: Any, terms: AllTerms) -> KnownClick:
    account_id = row["account_id"]
    return KnownClick(
        click_id=row["id"],
        account_id=account_id,
        clicked_at=row["occurred_at"],
        is_counted=row["is_counted"],
        labels=_read_labels(row),
        window_s=terms.find_window_s(account_id, row["campaign_id"], row["offer_id"]),
        model=terms.find_model(account_id, row["offer_id"]),
        visitor_key=row["visitor_key"],
    )


def _read_stranger(row: Any) -> KnownClick:
    """Another account's: nothing of it is of any use, but that it is not ours."""
    return KnownClick(row["id"], row["account_id"], row["occurred_at"], False, Labels(), 0, "")


def _read_labels(row: Any) -> Labels:
    return Labels(*(row[name] for name in Labels._fields))
