"""The one way a click gets into PostgreSQL: for the worker, the seed and imports alike. Exactly once (rules 3 to 6)."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from tracking.bots.hosting.origins import NO_LISTS, Origins
from tracking.bots.policies.queries import LONG_AGO, Policies, read_policies
from tracking.clicks.event import ClickEvent
from tracking.clicks.ids import read_click_ms, read_click_time
from tracking.clicks.partitions import make_partitions
from tracking.clicks.prepare import (
    CLICK_COLUMNS,
    FOR_EVER,
    InvalidClickError,
    PreparedClick,
    forget_visitor,
    prepare_click,
)
from tracking.clicks.uniques import STAGE, KeyGoneError, Uniques, count_unique, take_uniques
from tracking.clicks.user_agents import UserAgents
from tracking.clicks.zones import ZoneChangedError, Zones, fix_zones, read_zones
from tracking.clock import now_ms, utc_now
from tracking.erasure.visitors import read_forgotten
from tracking.events.outbox import EventKind, append_events
from tracking.faults import maybe_crash
from tracking.reports.deltas import Deltas
from tracking.reports.scopes import COUNTED

LATE_LIMIT_MS: Final = 7 * 24 * 3_600_000
EARLY_LIMIT_MS: Final = 5 * 60_000

TOO_LATE: Final = "too_late"
FROM_THE_FUTURE: Final = "from_the_future"
UNKNOWN_ACCOUNT: Final = "unknown_account"

# Preparing thousands at a stretch would hold up another batch's transaction, and with it the unique rows it has locked.
_PREPARED_AT_ONCE: Final = 200

_COLUMNS = ", ".join(CLICK_COLUMNS)
_STAGE = f"""
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_click ON COMMIT DELETE ROWS AS
        SELECT {_COLUMNS} FROM click WITH NO DATA;
    {STAGE}
"""
# Answers with those that were stored before.
_INSERT = f"""
    WITH stored AS (
        INSERT INTO click ({_COLUMNS}) SELECT {_COLUMNS} FROM incoming_click ORDER BY id
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    SELECT id FROM incoming_click EXCEPT TABLE stored
"""

Insert = Callable[[asyncpg.Connection, list[PreparedClick]], Awaitable[list[PreparedClick]]]


class RejectedClick(NamedTuple):
    event: ClickEvent
    reason: str


class StoredBatch(msgspec.Struct, frozen=True):
    """`stored` are the clicks that this call added; the others were there before, or are rejected for good."""

    stored: list[UUID]
    rejected: list[RejectedClick]


class PreparedBatch(msgspec.Struct, frozen=True):
    """Clicks in the order of their ids, each once."""

    clicks: list[PreparedClick]
    zones: Zones
    rejected: list[RejectedClick]


async def store_clicks(
    pool: asyncpg.Pool,
    user_agents: UserAgents,
    events: Sequence[ClickEvent],
    *,
    origins: Origins = NO_LISTS,
    backfill: bool = False,
) -> StoredBatch:
    """Store, elect unique clicks, count and announce, in one transaction; storing again adds nothing.

    Clicks older than LATE_LIMIT_MS or from the future are rejected, unless this is a backfill. What asyncpg raises
    passes through with nothing stored: TRANSIENT_ERRORS ask for another try, others mean that an event is poison.
    """
    while True:
        prepared = await prepare_batch(pool, user_agents, events, origins=origins, backfill=backfill)
        with contextlib.suppress(ZoneChangedError):
            stored = await _store_in_partitions(pool, prepared) if prepared.clicks else []
            return StoredBatch(stored, prepared.rejected)


async def prepare_batch(
    pool: asyncpg.Pool, user_agents: UserAgents, events: Sequence[ClickEvent], *, origins: Origins, backfill: bool
) -> PreparedBatch:
    """Everything that is known before the transaction."""
    zones = await read_zones(pool, {event.account_id for event in events})
    policies = await _read_policies(pool, events, zones, backfill=backfill)
    forgotten = await read_forgotten(
        pool, zones.accounts_that_forget, ((event.account_id, event.visitor_key) for event in events)
    )
    told = events
    if forgotten:
        told = [event for event in events if (event.account_id, event.visitor_key) not in forgotten]
    numbers = await user_agents.resolve(pool, (event.user_agent for event in told))
    now = now_ms()
    clicks: dict[bytes, PreparedClick] = {}
    rejected: list[RejectedClick] = []
    for place, event in enumerate(events):
        if place % _PREPARED_AT_ONCE == 0:
            await asyncio.sleep(0)
        zone = zones.by_account.get(event.account_id)
        if zone is None:
            rejected.append(RejectedClick(event, UNKNOWN_ACCOUNT))
            continue
        try:
            origin = origins.find(event.client_ip, event.account_id)
            click = prepare_click(event, zone, numbers.get(event.user_agent), policies, origin)
            if not backfill:
                _check_horizon(event.click_id, now)
        except InvalidClickError as error:
            rejected.append(RejectedClick(event, error.reason))
        else:
            if forgotten and (event.account_id, event.visitor_key) in forgotten:
                nobody = forgotten.rename(event.account_id, event.visitor_key, event.link_id)
                click = forget_visitor(click, nobody)
            clicks[event.click_id] = click
    return PreparedBatch([clicks[click_id] for click_id in sorted(clicks)], zones, rejected)


async def _read_policies(pool: asyncpg.Pool, events: Sequence[ClickEvent], zones: Zones, *, backfill: bool) -> Policies:
    """A version that is set while we prepare holds from a moment that none of these clicks has reached."""
    since = LONG_AGO if backfill else utc_now() - dt.timedelta(milliseconds=LATE_LIMIT_MS)
    account_ids = zones.accounts_with_policies
    link_ids = {event.link_id for event in events if event.account_id in account_ids}
    return await read_policies(pool, account_ids, link_ids, since=since)


def _find_days(clicks: list[PreparedClick]) -> set[dt.date]:
    """Every day that needs partitions: of clicks, and of unique rows that are not for ever."""
    days = {read_click_time(click.click_id).date() for click in clicks}
    return (days | {click.unique_key[0] for click in clicks}) - {FOR_EVER}


def _check_horizon(click_id: bytes, now: int) -> None:
    reason = find_horizon_fault(read_click_ms(click_id), now)
    if reason is not None:
        raise InvalidClickError(reason)


def find_horizon_fault(at_ms: int, now: int) -> str | None:
    """Why something that happened then is not taken any more, or not yet; both in milliseconds since the epoch."""
    if at_ms < now - LATE_LIMIT_MS:
        return TOO_LATE
    if at_ms > now + EARLY_LIMIT_MS:
        return FROM_THE_FUTURE
    return None


async def _store_in_partitions(pool: asyncpg.Pool, prepared: PreparedBatch) -> list[UUID]:
    try:
        return await _store(pool, prepared)
    except asyncpg.CheckViolationError as error:
        if "no partition of relation" not in str(error):
            raise
        await make_partitions(pool, _find_days(prepared.clicks))
        return await _store(pool, prepared)


async def _store(pool: asyncpg.Pool, prepared: PreparedBatch) -> list[UUID]:
    """Most batches are new as a whole, and COPY is by far the fastest way in. A known click makes it fail at once."""
    insert: Insert = _copy_all
    while True:
        try:
            return await _store_in_transaction(pool, prepared, insert)
        except asyncpg.UniqueViolationError:
            if insert is _insert_missing:
                raise
            insert = _insert_missing
        except KeyGoneError:
            continue


async def _store_in_transaction(pool: asyncpg.Pool, prepared: PreparedBatch, insert: Insert) -> list[UUID]:
    """Locks: new clicks in the order of their ids, then unique rows in the order of their keys; appends come last.

    Rule 6 wants unique rows before click rows. A click that is being inserted is the one exception, and a safe one:
    nobody else can see it to lock it, but a worker that stores the same click, and that one inserts in this order too.
    """
    async with pool.acquire() as connection, connection.transaction():
        await fix_zones(connection, prepared.zones, (click.account_id for click in prepared.clicks))
        await connection.execute(_STAGE)
        clicks = await insert(connection, prepared.clicks)
        maybe_crash("after_insert")
        if clicks:
            uniques = await take_uniques(connection, clicks, prepared.zones.by_account)
            await _count(clicks, uniques).append(connection)
            await append_events(connection, _describe(clicks, uniques))
        maybe_crash("before_commit")
    return [click.click_id for click in clicks]


async def _copy_all(connection: asyncpg.Connection, clicks: list[PreparedClick]) -> list[PreparedClick]:
    """UniqueViolationError when any of them is stored."""
    records = [click.record for click in clicks]
    await connection.copy_records_to_table("click", records=records, columns=CLICK_COLUMNS)
    return clicks


async def _insert_missing(connection: asyncpg.Connection, clicks: list[PreparedClick]) -> list[PreparedClick]:
    records = [click.record for click in clicks]
    await connection.copy_records_to_table("incoming_click", records=records, columns=CLICK_COLUMNS)
    known = {row["id"] for row in await connection.fetch(_INSERT)}
    return [click for click in clicks if click.click_id not in known]


def _count(clicks: list[PreparedClick], uniques: Uniques) -> Deltas:
    deltas = Deltas()
    for click in clicks:
        deltas.add(click.delta_key, click.counter)
        if click.is_counted:
            deltas.add(click.delta_key, COUNTED)
    for click in uniques.first:
        count_unique(deltas, click.delta_key, click.visitor_method)
    for take in uniques.taken_over:
        count_unique(deltas, take.lost_from, take.lost_method, -1)
        count_unique(deltas, take.won_by.delta_key, take.won_by.visitor_method)
    return deltas


def _describe(clicks: list[PreparedClick], uniques: Uniques) -> Iterable[tuple[int, EventKind, list[UUID]]]:
    """One event per account and kind."""
    ids: dict[tuple[int, EventKind], list[UUID]] = {}
    for click in clicks:
        ids.setdefault((click.account_id, EventKind.CLICKS_STORED), []).append(click.click_id)
    for take in uniques.taken_over:
        pair = (take.lost_by, take.won_by.click_id)
        ids.setdefault((take.won_by.account_id, EventKind.UNIQUES_MOVED), []).extend(pair)
    return [(account_id, kind, found) for (account_id, kind), found in sorted(ids.items())]
