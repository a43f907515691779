"""Reads kept clicks one after the other, and what another tool would have counted of them."""

import asyncio
import datetime as dt
from typing import Final, NamedTuple

import asyncpg

from tracking.bots.verdicts import TrafficClass, Verdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.filters import HOLDER_KEY, IS_BOUND, ClickFilter, add_conditions
from tracking.clicks.ids import read_click_ms
from tracking.clicks.retention import read_kept_from
from tracking.clock import write_ms
from tracking.errors import InvalidInputError
from tracking.paging import Conditions
from tracking.reconciling.rules import LENGTHS_MS, Cause, Definition, Reconciler, Reconciliation, SeenClick

CLICKS_LIMIT: Final = 500_000
_TIMEOUT_S: Final = 20
_BATCH_ROWS: Final = 1_000
# Windows may be open when the range begins. One that began earlier still is told by a day more.
_RUN_UP: Final = dt.timedelta(days=1)
_CLICKS: Final = f"""
    SELECT id, link_id, verdict, traffic_class, is_counted, {IS_BOUND} AS is_bound, visitor_key, visitor_day,
        visitor_method, network, user_agent_id,
        coalesce(
            is_counted AND id = (SELECT held.click_id FROM unique_click AS held WHERE {HOLDER_KEY}), false
        ) AS is_unique
    FROM click WHERE {{where}} ORDER BY id LIMIT {{limit}}
"""
_SPECIAL: Final = {
    TrafficClass.PREVIEW: Cause.PREVIEWS,
    TrafficClass.PREFETCH: Cause.PREFETCHES,
    TrafficClass.TEST: Cause.TESTS,
}
_VERDICTS: Final = {Verdict.HUMAN: Cause.POLICY, Verdict.SUSPECT: Cause.SUSPECTS, Verdict.BOT: Cause.BOTS}
_METHODS: Final = {method.value: method for method in VisitorMethod}


class Wanted(NamedTuple):
    """Of whose clicks; `start` None: from the first that is kept."""

    definition: Definition
    start: dt.datetime | None
    end: dt.datetime
    campaign_id: int | None = None
    creator_id: int | None = None
    link_id: int | None = None


async def reconcile(
    pool: asyncpg.Pool, account_id: int, wanted: Wanted, *, limit: int = CLICKS_LIMIT
) -> tuple[Reconciliation, dt.datetime | None]:
    """With the moment from which on clicks are kept, if any are not.

    Raises InvalidInputError for a range that begins before it, or that holds more than can be read at once.
    """
    reconciler = Reconciler(wanted.definition)
    try:
        async with (
            asyncio.timeout(_TIMEOUT_S),
            pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            kept_from = await read_kept_from(connection, account_id)
            if kept_from and wanted.start and wanted.start < kept_from:
                raise InvalidInputError(
                    f"clicks are kept from {kept_from.isoformat()} on: choose a range that begins then or later",
                    ("range",),
                )
            await _read(connection, _write_conditions(account_id, wanted), wanted, reconciler, limit)
    except TimeoutError as error:
        raise InvalidInputError(
            f"that takes longer than {_TIMEOUT_S} seconds: choose a shorter range, or a campaign, creator or link",
            ("range",),
        ) from error
    return reconciler.result, kept_from


async def _read(
    connection: asyncpg.Connection, conditions: Conditions, wanted: Wanted, reconciler: Reconciler, limit: int
) -> None:
    start_ms = write_ms(wanted.start) if wanted.start else 0
    seen = 0
    statement = _CLICKS.format(where=conditions.where, limit=limit + 1)
    async for row in connection.cursor(statement, *conditions.parameters, prefetch=_BATCH_ROWS):
        seen += 1
        if seen > limit:
            raise InvalidInputError(
                f"that is more than {limit:,} clicks: choose a shorter range, or a campaign, creator or link",
                ("range",),
            )
        click = _tell(row)
        reconciler.add(click, is_asked_for=click.at_ms >= start_ms)
        if seen % _BATCH_ROWS == 0:
            await asyncio.sleep(0)  # others want to be answered as well


def _write_conditions(account_id: int, wanted: Wanted) -> Conditions:
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    run_up = _RUN_UP + dt.timedelta(milliseconds=LENGTHS_MS[wanted.definition])
    add_conditions(
        conditions,
        ClickFilter(
            link_ids=None if wanted.link_id is None else [wanted.link_id],
            campaign_ids=None if wanted.campaign_id is None else [wanted.campaign_id],
            creator_ids=None if wanted.creator_id is None else [wanted.creator_id],
            occurred_from=None if wanted.start is None else wanted.start - run_up,
            occurred_to=wanted.end,
        ),
    )
    return conditions


def _tell(row: asyncpg.Record) -> SeenClick:
    return SeenClick(
        at_ms=read_click_ms(row["id"].bytes),
        link_id=row["link_id"],
        left_out_for=_SPECIAL.get(row["traffic_class"]) or _VERDICTS[row["verdict"]],
        is_counted=row["is_counted"],
        is_unique=row["is_unique"],
        is_bound=row["is_bound"],
        visitor_key=row["visitor_key"],
        visitor_day=row["visitor_day"],
        visitor_method=_METHODS[row["visitor_method"]],
        network=row["network"],
        user_agent_id=row["user_agent_id"],
    )
