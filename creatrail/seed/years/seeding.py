"""Seeds two years of clicks, once. A seed that was killed goes on after what it stored; nothing is doubled."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import msgspec
import typer

from creatrail.seed.audience import Kind, list_clients
from creatrail.seed.demo import AccountTakenError
from creatrail.seed.requests import Operation, find_request
from creatrail.seed.years.clicks import Crowd
from creatrail.seed.years.entities import find_calendar, read_placed_links, write_years
from creatrail.seed.years.plan import FULL_SIZE, SEED, Plan, Size, make_plan, plan_cells
from creatrail.seed.years.storing import STATEMENT_TIMEOUT_S, Archivist, Stretch, cut_stretches
from tracking.accounts.models import Account, IdempotentRequest
from tracking.clicks.user_agents import UserAgents
from tracking.clock import utc_now
from tracking.creators.models import Platform
from tracking.database import open_pool
from tracking.errors import TakenError
from tracking.reports.fold import fold_all
from tracking.settings import Settings

_SEED_LOCK: Final = 7_261_060
_STORES_AT_ONCE: Final = 2  # one makes rows while PostgreSQL counts those of the other
_COMPLETE: Final = "complete"
_ANALYZE: Final = "ANALYZE click, unique_click, rollup, dimension_rollup, dimension_click, link, campaign_creator, post"


class SeededYears(msgspec.Struct, frozen=True):
    account_id: int
    clicks: int
    is_new: bool


async def seed_years(
    settings: Settings, slug: str, clicks: int, size: Size = FULL_SIZE, say: Callable[[str], None] = typer.echo
) -> SeededYears:
    """An account with exactly this many clicks. One that was begun is completed as it was begun; a complete one stays.

    Wants Tortoise open. Raises InvalidInputError for too few clicks, AccountTakenError for an account that is another's
    or that somebody is filling at the moment.
    """
    plan = make_plan(size)
    plan_cells(plan, clicks)
    pool = await open_pool(settings, max_size=_STORES_AT_ONCE + 2, command_timeout_s=STATEMENT_TIMEOUT_S)
    try:
        async with _be_the_only_one(pool, slug):
            request = await find_request(slug, Operation.YEARS) or await _begin(slug, clicks, plan)
            is_new = request.answer != _COMPLETE
            clicks = int(request.key.split(":")[1])
            if is_new:
                await _fill(pool, request, plan, clicks, say)
    finally:
        await pool.close()
    return SeededYears(request.account_id, clicks, is_new)


async def _begin(slug: str, clicks: int, plan: Plan) -> IdempotentRequest:
    try:
        return await write_years(slug, f"{SEED}:{clicks}", plan, utc_now())
    except TakenError as error:
        raise AccountTakenError(f"account {slug} exists and was not made for this: choose --account") from error


@asynccontextmanager
async def _be_the_only_one(pool: asyncpg.Pool, slug: str) -> AsyncIterator[None]:
    async with pool.acquire() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", _SEED_LOCK, slug):
            raise AccountTakenError(f"account {slug} is being filled by another seed: wait for it")
        try:
            yield
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1, hashtext($2))", _SEED_LOCK, slug)


async def _fill(
    pool: asyncpg.Pool, request: IdempotentRequest, plan: Plan, clicks: int, say: Callable[[str], None]
) -> None:
    account = await Account.get(id=request.account_id)
    calendar = find_calendar(plan, request.created_at)
    agents = {client.user_agent for kind in Kind for each in Platform for client in list_clients(kind, each)[0]}
    numbers = await UserAgents().resolve(pool, agents)
    crowd = Crowd(account.id, calendar.zone, await read_placed_links(account.id, plan), numbers)
    archivist = Archivist(pool, account.id, calendar.zone, request.id, crowd)
    await archivist.prepare()
    stretches = list(cut_stretches(calendar.first, plan_cells(plan, clicks)))
    missing = [stretch for stretch in stretches if stretch.number not in request.result_ids]
    await _store_all(archivist, missing, f"seeding {clicks:,} clicks of account {account.slug}")
    say("adding them up …")
    await fold_all(pool)
    await pool.execute(_ANALYZE)
    await IdempotentRequest.filter(id=request.id).update(answer=_COMPLETE)


async def _store_all(archivist: Archivist, stretches: Sequence[Stretch], label: str) -> None:
    length = sum(cell.clicks for stretch in stretches for cells in stretch.cells for cell in cells)
    with typer.progressbar(length=length, label=label) as bar:

        async def store_from(waiting: Iterator[Stretch]) -> None:
            for stretch in waiting:
                await archivist.store(stretch, bar.update)

        waiting = iter(stretches)
        async with asyncio.TaskGroup() as group:
            for _ in range(_STORES_AT_ONCE):
                group.create_task(store_from(waiting))
