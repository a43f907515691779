"""Whatever happens to an account's clicks and sales, parts sum to their parent and points to their range (rule 12)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable, make_link
from tests.chaos.recount import list_cells
from tests.clicking import BOT, HUMAN, make_event, store
from tests.conftest import Stores
from tests.messaging import write_message
from tests.outcomes import convert
from tracking.accounts.models import User
from tracking.bots.verdicts import Reason
from tracking.campaigns.models import Stage
from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.creatives.models import Creative
from tracking.links.models import Link
from tracking.offers.service import OfferFields, create_offer
from tracking.paging import Window
from tracking.reports.breakdowns import BreakdownPage, BreakdownRow, Sorting, list_breakdowns
from tracking.reports.dimensions import Dimension
from tracking.reports.fold import fold_all
from tracking.reports.outcome_queries import (
    NOTHING_FOUND,
    FoundOutcomes,
    Outcomes,
    join_found,
    read_outcome_buckets,
    read_outcomes,
)
from tracking.reports.outcomes import Dating
from tracking.reports.parts import PARTS
from tracking.reports.queries import Counts, Subject, add_counts, read_buckets, read_totals
from tracking.reports.ranges import EVERYTHING, ReportRange, resolve_days, resolve_instants
from tracking.reports.scopes import COUNTERS, Grain, Scope
from tracking.reports.series import Interval, find_read_grain, list_spans, spread, spread_outcomes

pytestmark = pytest.mark.feature("R12", "CU12", "LO11")

# Around the moments at which clocks change, in zones where they do, and in two of which hours begin at odd minutes.
SCENES: Final = [
    ("Asia/Kolkata", dt.datetime(2026, 3, 28, 18, 30, tzinfo=dt.UTC)),
    ("Asia/Kathmandu", dt.datetime(2026, 10, 31, 18, 15, tzinfo=dt.UTC)),
    ("Europe/Berlin", dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)),
    ("Europe/Berlin", dt.datetime(2026, 10, 25, 1, tzinfo=dt.UTC)),
    ("America/New_York", dt.datetime(2026, 3, 8, 7, tzinfo=dt.UTC)),
    ("America/New_York", dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC)),
]
SPAN_MINUTES: Final = 36 * 60
BY_CLICKS: Final = Sorting("TOTAL_CLICKS", True, Dating.CONVERSION_TIME, "EUR")

minutes = st.integers(-SPAN_MINUTES, SPAN_MINUTES)
visits = st.fixed_dictionaries(
    {
        "minute": minutes,
        "source": st.integers(0, 100),
        "visitor": st.integers(1, 4),
        "user_agent": st.sampled_from([HUMAN, HUMAN, HUMAN, BOT]),
        "facts": st.sampled_from([Fact.ACCEPT_LANGUAGE, Fact.ACCEPT_LANGUAGE, Fact.PREFETCH, Fact.TEST]),
    }
)
sales = st.fixed_dictionaries(
    {
        "minute": minutes,
        "source": st.integers(0, 100),
        "lag_minutes": st.integers(0, 600),
        "value_minor": st.integers(0, 10_000),
        "value_currency": st.sampled_from(["EUR", "JPY"]),
    }
)


@dataclass
class Scene:
    pool: asyncpg.Pool
    account_id: int
    zone: ZoneInfo
    switch: dt.datetime
    sources: list[dict[str, Any]]  # labels that a click can have
    events: list[ClickEvent] = field(default_factory=list)

    def list_subjects(self, scope: Scope) -> list[Subject]:
        keys = {
            Scope.ACCOUNT: (),
            Scope.CAMPAIGN: ("campaign_id",),
            Scope.CREATOR: ("creator_id",),
            Scope.CAMPAIGN_CREATOR: ("campaign_id", "creator_id"),
            Scope.MESSAGE: ("message_id",),
            Scope.OFFER: ("offer_id",),
            Scope.CREATIVE: ("creative_id",),
            Scope.SHARER: ("sharer_id",),
        }[scope]
        found = {tuple(source.get(key) or 0 for key in keys) for source in self.sources}
        return [Subject(scope, *each) for each in sorted(found) if all(each)]

    def list_ranges(self) -> list[ReportRange]:
        day = self.switch.astimezone(self.zone).date()
        return [
            EVERYTHING,
            resolve_days(day, day, self.zone),
            resolve_instants(self.switch - dt.timedelta(hours=5), self.switch + dt.timedelta(hours=7), self.zone),
        ]


async def open_scene(stores: Stores, zone: str, switch: dt.datetime) -> Scene:
    """Two creators in two campaigns with links, offers, messages of two creatives and a user who shares."""
    await stores.clean()
    pool, account = stores.pool, await make_brand()
    await pool.execute("UPDATE account SET timezone = $2 WHERE id = $1", account.id, zone)
    creators = [await make_creator(account), await make_creator(account)]
    for name in ("Summer", "Winter"):
        campaign = await make_campaign(account, name)
        await make_deliverable(account, campaign)
        await join(account, campaign, creators, Stage.ACCEPTED)
    await make_link(account, creators[0], label="bio")
    offers = [(await create_offer(account.id, OfferFields(name, "https://brand.example/"))).id for name in "ab"]
    sharer = await User.create(account=account, name="Ann")
    creatives = [await Creative.create(account=account, name=name) for name in "cd"]
    links = await Link.filter(account_id=account.id).order_by("id")
    sources: list[dict[str, Any]] = [
        {"link_id": link.id, "campaign_id": link.campaign_id, "creator_id": link.creator_id} for link in links
    ]
    sources[0]["offer_id"], sources[1]["offer_id"], sources[2]["sharer_id"] = *offers, sharer.id
    for place, creative_id in enumerate([creatives[0].id, creatives[0].id, creatives[1].id, None]):
        message_id = await write_message(pool, account.id, creative_id=creative_id)
        sent = {"message_id": message_id, "creative_id": creative_id, "slot": 1 + place % 2, "contact_id": 1 + place}
        sent |= {"link_id": 900_000 + place, "sharer_id": sharer.id if place else None, "offer_id": offers[place % 2]}
        sources.append({**sent, "campaign_id": links[0].campaign_id if place == 2 else None, "creator_id": None})
    return Scene(pool, account.id, ZoneInfo(zone), switch, sources)


async def play(scene: Scene, given_visits: list[dict[str, Any]], given_sales: list[dict[str, Any]]) -> None:
    """Store the clicks, judge every third of them anew, and sell."""
    for visit in given_visits:
        labels = dict(scene.sources[visit["source"] % len(scene.sources)])
        labels.pop("creative_id", None)
        if labels.get("contact_id"):
            labels["visitor_method"] = VisitorMethod.CONTACT
        at = scene.switch + dt.timedelta(minutes=visit["minute"])
        rest = {name: visit[name] for name in ("visitor", "user_agent", "facts")}
        event = make_event(scene.account_id, at_ms=int(at.timestamp() * 1_000), zone=scene.zone.key, **rest, **labels)
        scene.events.append(event)
    await store(scene.pool, *scene.events, backfill=True)
    news = {UUID(bytes=event.click_id): Learned(evidence=int(Reason.HONEYPOT)) for event in scene.events[::3]}
    await relabel_clicks(scene.pool, scene.account_id, news, Cause.BEHAVIOUR)
    for number, sale in enumerate(given_sales):
        labels = dict(scene.sources[sale["source"] % len(scene.sources)])
        labels.pop("creative_id", None)
        clicked_at = scene.switch + dt.timedelta(minutes=sale["minute"])
        moments = {"clicked_at": clicked_at, "occurred_at": clicked_at + dt.timedelta(minutes=sale["lag_minutes"])}
        worth = {name: sale[name] for name in ("value_minor", "value_currency")}
        named = {name: label for name, label in labels.items() if label is not None}
        await convert(
            scene.pool, scene.account_id, txn_id=f"{number}", click_id=UUID(int=number + 1), **moments, **worth, **named
        )
    await fold_all(scene.pool)


async def find_wrong_parts(
    scene: Scene, ranges: Sequence[ReportRange] = (EVERYTHING,)
) -> list[tuple[Subject, Dimension]]:
    """Of whom parts do not sum to the whole, or one is less than nothing."""
    wrong: list[tuple[Subject, Dimension]] = []
    scopes = sorted({scope for scope, _ in PARTS if scope})
    for scope, wanted in [(scope, wanted) for scope in scopes for wanted in ranges]:
        subjects = scene.list_subjects(scope)
        totals = await read_totals(scene.pool, scene.account_id, subjects, wanted)
        outcomes = await read_outcomes(scene.pool, scene.account_id, subjects, wanted)
        for dimension in {by for parent, by in PARTS if parent is scope} - {Dimension.TAG}:  # two of a link count twice
            page = BreakdownPage(scope, dimension, wanted, BY_CLICKS, Window(1_000))
            told = await list_breakdowns(scene.pool, scene.account_id, page, subjects)
            for subject, rows in zip(subjects, told, strict=True):
                if not is_sum(rows, totals.get(subject, Counts()), outcomes.get(subject, NOTHING_FOUND)):
                    wrong.append((subject, dimension))
    return wrong


def is_sum(rows: Sequence[BreakdownRow], counts: Counts, outcomes: FoundOutcomes) -> bool:
    """False also where a part is less than nothing."""
    of_parts = join_found([row.outcomes for row in rows])
    return (
        add_counts([row.counts for row in rows]) == counts
        and all(_strip(of_parts.tell(dating)) == _strip(outcomes.tell(dating)) for dating in Dating)
        and not any(min(row.counts) < 0 for row in rows)
    )


async def find_wrong_series(scene: Scene) -> list[tuple[Subject, Interval]]:
    """Of whom points do not sum to the range."""
    wrong: list[tuple[Subject, Interval]] = []
    subjects = [each for scope in {scope for scope, _ in PARTS if scope} for each in scene.list_subjects(scope)]
    day = scene.switch.astimezone(scene.zone).date()
    days = resolve_days(day - dt.timedelta(days=3), day + dt.timedelta(days=3), scene.zone)
    for wanted in (days, *scene.list_ranges()[1:]):
        totals = await read_totals(scene.pool, scene.account_id, subjects, wanted)
        outcomes = await read_outcomes(scene.pool, scene.account_id, subjects, wanted)
        for interval in Interval:
            spans = list_spans(interval, wanted, None, scene.zone, wanted.end)
            read = wanted._replace(grain=find_read_grain(interval, wanted))
            buckets = await read_buckets(scene.pool, scene.account_id, subjects, read)
            rows = await read_outcome_buckets(scene.pool, scene.account_id, subjects, read)
            for subject in subjects:
                points = spread(spans, buckets.get(subject, []))
                known = rows.get(subject, NOTHING_FOUND)
                of_points = [row for point in spread_outcomes(spans, known.rows) for row in point]
                whole = outcomes.get(subject, NOTHING_FOUND)
                is_whole = add_counts(points) == totals.get(subject, Counts()) and all(
                    known._replace(rows=of_points).tell(dating) == whole.tell(dating) for dating in Dating
                )
                if not is_whole:
                    wrong.append((subject, interval))
    return wrong


def _strip(outcomes: Outcomes) -> Outcomes:
    """Nothing here is shown, which parts and the whole need not say in one way."""
    return outcomes._replace(impressions=None)


async def recount(scene: Scene) -> dict[str, int]:
    """The account's counters, from its clicks alone."""
    holders = {row["click_id"] for row in await scene.pool.fetch("SELECT click_id FROM unique_click")}
    found = dict.fromkeys(COUNTERS, 0)
    for click in await scene.pool.fetch("SELECT * FROM click"):
        for scope, _, _, grain, _, counter in list_cells(click, scene.zone, is_holder=click["id"] in holders):
            if (scope, grain) == (Scope.ACCOUNT, Grain.TOTAL):
                found[counter] += 1
    return found


@pytest.mark.parametrize("place", SCENES, ids=lambda place: f"{place[0]} {place[1]:%m-%d}")
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_visits=st.lists(visits, min_size=20, max_size=40), given_sales=st.lists(sales, min_size=4, max_size=10))
async def test_parts_and_points_sum_to_the_whole(
    stores: Stores,
    orm: TortoiseContext,
    place: tuple[str, dt.datetime],
    given_visits: list[dict[str, Any]],
    given_sales: list[dict[str, Any]],
) -> None:
    scene = await open_scene(stores, *place)
    await play(scene, given_visits, given_sales)

    account = Subject(Scope.ACCOUNT)
    totals = await read_totals(scene.pool, scene.account_id, [account], EVERYTHING)
    assert totals[account]._asdict() == await recount(scene)
    assert await find_wrong_parts(scene, scene.list_ranges()) == []
    assert await find_wrong_series(scene) == []


async def test_a_part_that_was_counted_too_often_is_found(stores: Stores, orm: TortoiseContext) -> None:
    scene = await open_scene(stores, *SCENES[2])
    every_source = [
        {"minute": 10 * place, "source": place, "visitor": 1, "user_agent": HUMAN, "facts": Fact.ACCEPT_LANGUAGE}
        for place in range(len(scene.sources))
    ]
    await play(scene, every_source, [])
    assert await find_wrong_parts(scene) == []

    for part, whole, dimension in [
        (Scope.CAMPAIGN, Scope.ACCOUNT, Dimension.CAMPAIGN),
        (Scope.LINK, Scope.ACCOUNT, Dimension.LINK),
        (Scope.CREATIVE, Scope.ACCOUNT, Dimension.CREATIVE),
        (Scope.SHARER, Scope.ACCOUNT, Dimension.SHARER),
        (Scope.MESSAGE_SHARER, Scope.MESSAGE, Dimension.SHARER),
        (Scope.MESSAGE_SLOT, Scope.MESSAGE, Dimension.SLOT),
        (Scope.OFFER_CREATOR, Scope.OFFER, Dimension.CREATOR),
    ]:
        await scene.pool.execute("UPDATE rollup SET bot_clicks = bot_clicks + 9 WHERE scope = $1", part)
        wrong = {(subject.scope, by) for subject, by in await find_wrong_parts(scene)}
        assert (whole, dimension) in wrong
        await scene.pool.execute("UPDATE rollup SET bot_clicks = bot_clicks - 9 WHERE scope = $1", part)


async def test_an_hour_that_is_missing_in_a_series_is_found(stores: Stores, orm: TortoiseContext) -> None:
    scene = await open_scene(stores, *SCENES[4])
    visit = {"minute": 30, "source": 0, "visitor": 1, "user_agent": HUMAN, "facts": Fact.ACCEPT_LANGUAGE}
    await play(scene, [visit], [])
    assert await find_wrong_series(scene) == []

    await scene.pool.execute("DELETE FROM rollup WHERE grain = 1 AND scope = 2")

    assert Scope.CAMPAIGN in {subject.scope for subject, _ in await find_wrong_series(scene)}
