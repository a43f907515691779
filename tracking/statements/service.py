"""Close a period of a campaign into a statement that never changes."""

import datetime as dt
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.click_shards import ClickShards
from tracking.clock import utc_now
from tracking.errors import DomainError, InvalidInputError, NotFoundError, TakenError
from tracking.history.actors import current_actor
from tracking.history.service import Noted, record_history
from tracking.idempotency import run_once
from tracking.reports.queries import Freshness, read_freshness
from tracking.reports.ranges import ReportRange, starts_day
from tracking.statements.queries import READ_CLICKS, READ_OUTCOMES, Sums, sum_rows
from tracking.statements.rules import Content, hash_content, make_lines, read_content, write_content

# The zone in which days are counted is fixed as by a first click: statements of other days could not follow this one.
_FIX_ZONE: Final = "UPDATE account SET timezone_fixed_at = now() WHERE id = $1 AND timezone_fixed_at IS NULL"
_ACCOUNT: Final = "SELECT timezone, conversions_since FROM account WHERE id = $1"
_CAMPAIGN: Final = "SELECT name FROM campaign WHERE account_id = $1 AND id = $2"
_LAST: Final = """
    SELECT number, ends_at, content, sha256,
        (SELECT starts_at FROM statement AS first WHERE campaign_id = $1 AND number = 1) AS first_starts_at
    FROM statement WHERE campaign_id = $1 ORDER BY number DESC LIMIT 1
"""
_HANDLES: Final = "SELECT id, handle FROM creator WHERE account_id = $1 AND id = ANY ($2::bigint[])"
_INSERT: Final = """
    INSERT INTO statement
        (account_id, campaign_id, number, starts_at, ends_at, content, sha256, actor_kind, actor_id, closed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp())
    ON CONFLICT (campaign_id, number) DO NOTHING
    RETURNING id
"""


class NotCountedError(DomainError):
    """What was received of the period is not counted yet: the same call succeeds later."""

    def __init__(self, freshness: Freshness) -> None:
        super().__init__(
            f"clicks or conversions of this period are not counted yet: all until {freshness.as_of.isoformat()} are."
            " Try again when a report of the campaign has an asOf after the period",
            ("period",),
        )
        self.freshness = freshness


class Closing(NamedTuple):
    """`period` is of whole days of the account's time zone."""

    campaign_id: int
    period: ReportRange


class _Last(NamedTuple):
    """The statement before, and where the first one of the campaign began."""

    content: Content
    sha256: bytes
    first_starts_at: dt.datetime


async def close_statement(
    pool: asyncpg.Pool,
    shards: ClickShards,
    account_id: int,
    wanted: Closing,
    *,
    idempotency_key: str | None = None,
) -> int:
    """The id of the statement.

    Raises NotFoundError, InvalidInputError for a period that cannot be closed now or ever, NotCountedError, and
    TakenError when another call closed a statement of the campaign meanwhile.
    """

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        return [await _close(pool, shards, connection, account_id, wanted)]

    [statement_id] = await run_once(account_id, "closeStatement", idempotency_key, wanted, work)
    return statement_id


async def _close(
    pool: asyncpg.Pool,
    shards: ClickShards,
    connection: BaseDBAsyncClient,
    account_id: int,
    wanted: Closing,
) -> int:
    campaigns = await connection.execute_query_dict(_CAMPAIGN, [account_id, wanted.campaign_id])
    if not campaigns:
        raise NotFoundError("no such campaign", ("campaignId",))
    await connection.execute_query(_FIX_ZONE, [account_id])
    [account] = await connection.execute_query_dict(_ACCOUNT, [account_id])
    zone = ZoneInfo(account["timezone"])
    starts_at = _check_period(wanted.period, zone)
    last = await _read_last(connection, wanted.campaign_id)
    if last and last.content.ends_at != starts_at:
        begins_on = last.content.ends_at.astimezone(zone).date()
        raise InvalidInputError(f"a statement begins where the one before ends: on {begins_on}", ("period",))
    freshness = await read_freshness(pool, shards)
    if freshness.as_of < wanted.period.end:
        raise NotCountedError(freshness)
    first = last.first_starts_at if last else starts_at
    sums = await _read_sums(connection, account_id, wanted.campaign_id, first, starts_at, wanted.period.end)
    said = {line.creator_id: line.to_date for line in last.content.lines} if last else {}
    handles = await _read_handles(connection, account_id, {*said, *sums.closed, *sums.period})
    content = Content(
        campaign_id=wanted.campaign_id,
        campaign_name=campaigns[0]["name"],
        number=last.content.number + 1 if last else 1,
        previous_sha256=last.sha256 if last else None,
        starts_at=starts_at,
        ends_at=wanted.period.end,
        timezone=account["timezone"],
        as_of=freshness.as_of,
        conversions_since=account["conversions_since"],
        lines=make_lines(said, sums.closed, sums.period, handles),
    )
    return await _insert(connection, account_id, content)


def _check_period(period: ReportRange, zone: ZoneInfo) -> dt.datetime:
    """Its start."""
    start = period.start
    if start is None or not starts_day(start, zone) or not starts_day(period.end, zone):
        raise InvalidInputError("the period of a statement is whole days, from one day to another", ("period",))
    if period.end > utc_now():
        raise InvalidInputError("a period can be closed when it is over", ("period",))
    return start


async def _read_last(connection: BaseDBAsyncClient, campaign_id: int) -> _Last | None:
    rows = await connection.execute_query_dict(_LAST, [campaign_id])
    if not rows:
        return None
    [row] = rows
    return _Last(read_content(row["content"]), bytes(row["sha256"]), row["first_starts_at"])


async def _read_sums(connection: BaseDBAsyncClient, *bounds: Any) -> Sums:
    clicks = await connection.execute_query_dict(READ_CLICKS, list(bounds))
    outcomes = await connection.execute_query_dict(READ_OUTCOMES, list(bounds))
    return sum_rows(clicks, outcomes)


async def _read_handles(connection: BaseDBAsyncClient, account_id: int, creator_ids: set[int]) -> dict[int, str]:
    rows = await connection.execute_query_dict(_HANDLES, [account_id, list(creator_ids)])
    return {row["id"]: row["handle"] for row in rows}


async def _insert(connection: BaseDBAsyncClient, account_id: int, content: Content) -> int:
    text, actor = write_content(content), current_actor()
    sha256 = hash_content(text)
    places = [account_id, content.campaign_id, content.number, content.starts_at, content.ends_at]
    inserted = await connection.execute_query_dict(_INSERT, [*places, text, sha256, actor.kind.value, actor.id])
    if not inserted:
        raise TakenError(
            f"statement {content.number} of this campaign was closed at the same time: look at it, then close what"
            " follows it",
            ("campaignId",),
        )
    statement_id: int = inserted[0]["id"]
    said = {
        "campaignId": content.campaign_id,
        "number": content.number,
        "from": content.starts_at.isoformat(),
        "to": content.ends_at.isoformat(),
        "sha256": sha256.hex(),
    }
    await record_history(connection, account_id, [Noted("Statement", statement_id, "CLOSED", after=said)])
    return statement_id
