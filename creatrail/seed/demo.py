"""Seeds a demo account and its traffic, once. A seed that was killed goes on where it stood; nothing is doubled."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import typer

from creatrail.seed.company import FLOODED_HANDLE, STRICT_CAMPAIGN
from creatrail.seed.entities import write_demo
from creatrail.seed.incidents import INCIDENT_CLICKS, generate_incidents
from creatrail.seed.letter import correct_letter, read_letter
from creatrail.seed.mishaps import report_mishaps, set_scene
from creatrail.seed.plan import PlannedLink, plan_links
from creatrail.seed.requests import Operation, find_request
from creatrail.seed.selling import list_wishes, read_offer_ids, report_sales, show_pages
from creatrail.seed.shopping import Shoppers, report_coupons
from creatrail.seed.traffic import Audience, SeededLink, generate_days
from tracking.accounts.models import Account, IdempotentRequest
from tracking.clicks.event import ClickEvent
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.clock import utc_now
from tracking.database import open_pool
from tracking.errors import TakenError
from tracking.links.models import Link
from tracking.reports.fold import fold_all
from tracking.settings import Settings

DEMO_SLUG: Final = "demo"
DEMO_CLICKS: Final = 100_000
SEED: Final = 1

_BATCH: Final = 2_000
_STORES_AT_ONCE: Final = 2  # one is prepared here while PostgreSQL stores the other


class AccountTakenError(Exception):
    """The account exists and is no demo; the message is one line for the user."""


class SeededDemo(msgspec.Struct, frozen=True):
    """`links` are the busiest ones that work, as host and path; `clicks` are those that were asked for and the few of
    the brand's incidents.
    """

    account_id: int
    links: list[str]
    clicks: int
    is_new: bool


async def seed(settings: Settings, slug: str = DEMO_SLUG, clicks: int = DEMO_CLICKS) -> SeededDemo:
    """A demo account with this many clicks. One that was begun is completed as it was begun; a complete one stays.

    Wants Tortoise open.
    """
    request = await find_request(slug, Operation.DEMO) or await _begin(slug, clicks)
    is_new = not request.result_ids
    number, clicks = map(int, request.key.split(":"))
    if is_new:
        await _add_traffic(settings, request, number, clicks)
    return SeededDemo(request.account_id, await _list_busiest(request.account_id), clicks + INCIDENT_CLICKS, is_new)


async def is_room_for_demo() -> bool:
    """Whether the database holds a demo or nothing yet: among somebody's accounts, none is made unasked."""
    return await find_request(DEMO_SLUG, Operation.DEMO) is not None or not await Account.exists()


async def _begin(slug: str, clicks: int) -> IdempotentRequest:
    ends_at = utc_now().replace(minute=0, second=0, microsecond=0)
    try:
        return await write_demo(slug, f"{SEED}:{clicks}", ends_at)
    except TakenError as error:
        begun_elsewhere = await find_request(slug, Operation.DEMO)
        if begun_elsewhere is None:
            raise AccountTakenError(f"account {slug} exists and is no demo: choose another with --account") from error
        return begun_elsewhere


async def _add_traffic(settings: Settings, request: IdempotentRequest, number: int, clicks: int) -> None:
    """The request is complete only after everything is stored and folded: until then a seed does all of it again."""
    account = await Account.get(id=request.account_id)
    audience = Audience(account.id, ZoneInfo(account.timezone), ends_at=request.created_at, seed=number)
    links, letter = await _read_links(account.id), await read_letter(account.id)
    flooded = _find_link(links, STRICT_CAMPAIGN, FLOODED_HANDLE)
    incidents = generate_incidents(audience, letter, flooded)
    offer_ids = await read_offer_ids(account.id)
    shoppers = Shoppers(list_wishes(plan_links(), links, offer_ids))
    days = chain(shoppers.watch(generate_days(audience, links, clicks)), [incidents])
    total = clicks + INCIDENT_CLICKS
    pool = await open_pool(settings, max_size=_STORES_AT_ONCE)
    try:
        with typer.progressbar(length=total, label=f"seeding {total:,} clicks of account {account.slug}") as bar:
            await _store_all(pool, _cut(days), bar.update)
            await correct_letter(pool, letter)
        scene = set_scene(audience, letter, incidents, shoppers.first or incidents[0], flooded.link_id)
        told = [*shoppers.report(audience), *report_coupons(audience, offer_ids), *report_mishaps(scene)]
        await report_sales(pool, audience, told)
        await show_pages(pool, audience)
        await fold_all(pool)
    finally:
        await pool.close()
    await IdempotentRequest.filter(id=request.id).update(result_ids=[clicks])


def _find_link(links: Sequence[SeededLink], campaign: str, handle: str) -> SeededLink:
    def is_meant(plan: PlannedLink) -> bool:
        return (
            plan.campaign is not None
            and plan.creator is not None
            and (plan.campaign.name, plan.creator.handle) == (campaign, handle)
        )

    [found] = [link for plan, link in zip(plan_links(), links, strict=True) if is_meant(plan)]
    return found


async def _read_links(account_id: int) -> Sequence[SeededLink]:
    """The plan with the numbers of its links. They are the account's first ones, made in the order of the plan."""
    plans = plan_links()
    links = await Link.filter(account_id=account_id).order_by("id").limit(len(plans))
    return [
        SeededLink(
            link_id=link.id,
            campaign_id=link.campaign_id,
            creator_id=link.creator_id,
            platform=plan.platform,
            weight=plan.weight,
            first_hour=plan.first_day * 24,
            end_hour=plan.end_day * 24,
        )
        for plan, link in zip(plans, links, strict=True)
    ]


async def _store_all(
    pool: asyncpg.Pool, batches: Iterator[list[ClickEvent]], report_stored: Callable[[int], None]
) -> None:
    user_agents = UserAgents()

    async def store_from_here() -> None:
        for batch in batches:
            await store_clicks(pool, user_agents, batch, backfill=True)
            report_stored(len(batch))

    async with asyncio.TaskGroup() as group:
        for _ in range(_STORES_AT_ONCE):
            group.create_task(store_from_here())


def _cut(days: Iterable[list[ClickEvent]]) -> Iterator[list[ClickEvent]]:
    """The same clicks in batches of an even size."""
    events = (event for day in days for event in day)
    while batch := list(islice(events, _BATCH)):
        yield batch


async def _list_busiest(account_id: int) -> list[str]:
    plans = plan_links()
    links = await Link.filter(account_id=account_id).order_by("id").limit(len(plans)).prefetch_related("domain")
    ranked = sorted(zip(plans, links, strict=True), key=lambda pair: -pair[0].weight)
    return [f"{link.domain.host}/{link.slug}" for _, link in ranked if link.is_readable and link.archived_at is None]
