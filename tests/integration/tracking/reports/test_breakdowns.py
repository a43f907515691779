"""Parts of a report add up to it exactly, whatever it is about, and stand in any order."""

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable, make_link
from tests.outcomes import append, make_key
from tracking.accounts.models import Role, User
from tracking.campaigns.models import Stage
from tracking.creatives.models import Creative
from tracking.links.models import Link
from tracking.messages.models import Channel, Message
from tracking.offers.service import OfferFields, create_offer
from tracking.paging import Window
from tracking.reports.any_subject import read_any_outcomes, read_any_totals
from tracking.reports.breakdown_statements import SORT_TYPES
from tracking.reports.breakdowns import BreakdownPage, BreakdownRow, Sorting, list_breakdowns
from tracking.reports.deltas import Deltas
from tracking.reports.dimensions import NONE_KEY, Dimension
from tracking.reports.fold import fold_all
from tracking.reports.outcome_queries import NOTHING_FOUND, Outcomes, Worth, join_found, read_outcomes
from tracking.reports.outcomes import NO_CURRENCY, OUTCOMES, Dating, OutcomeDeltas
from tracking.reports.parts import PARTS
from tracking.reports.queries import AnySubject, Counts, Subject, TagSubject, add_counts, read_totals
from tracking.reports.ranges import EVERYTHING, ReportRange, resolve_days, resolve_instants
from tracking.reports.scopes import COUNTERS, Scope

pytestmark = [pytest.mark.feature("CU12", "LO11", "TR19", "TR21", "R12"), pytest.mark.usefixtures("orm")]

ALL = Window(1_000)
BY_UNIQUE = Sorting("UNIQUE_CLICKS", True, Dating.CONVERSION_TIME, "EUR")
SWITCHES = [dt.datetime(2026, 3, 28, 20, tzinfo=dt.UTC), dt.datetime(2026, 10, 24, 20, tzinfo=dt.UTC)]


@dataclass
class Brand:
    account_id: int
    zone: ZoneInfo
    links: list[Link]
    message_ids: list[int]
    offer_ids: list[int]
    sharer_ids: list[int]
    creative_id: int

    def label(self, chance: random.Random) -> dict[str, Any]:
        """Whose a click may be: of a link, of a contact's own link, or of nothing at all."""
        link = chance.choice([*self.links, None])
        labels: dict[str, Any] = {"offer_id": chance.choice([*self.offer_ids, None])}
        if link:
            labels |= {"link_id": link.id, "campaign_id": link.campaign_id, "creator_id": link.creator_id}
        if chance.random() < 0.3:
            labels |= {"message_id": chance.choice(self.message_ids), "slot": chance.choice([1, 2, None])}
            labels |= {"contact_id": 1, "link_id": 999, "sharer_id": chance.choice([*self.sharer_ids, None])}
        return labels

    def list_subjects(self, scope: Scope | None) -> list[AnySubject]:
        if scope is None:
            return [TagSubject(tag) for tag in ("story", "reel", "none has it")]
        campaigns, creators = (
            {getattr(link, name) or 0 for link in self.links} for name in ("campaign_id", "creator_id")
        )
        keys = {
            Scope.ACCOUNT: [(0, 0)],
            Scope.CAMPAIGN: [(each, 0) for each in campaigns],
            Scope.CREATOR: [(each, 0) for each in creators],
            Scope.CAMPAIGN_CREATOR: [(campaign, creator) for campaign in campaigns for creator in creators],
            Scope.MESSAGE: [(each, 0) for each in self.message_ids],
            Scope.OFFER: [(each, 0) for each in self.offer_ids],
            Scope.CREATIVE: [(self.creative_id, 0)],
            Scope.SHARER: [(each, 0) for each in self.sharer_ids],
        }
        return [Subject(scope, *each) for each in keys[scope]]


async def open_brand(pool: asyncpg.Pool, zone: str = "UTC") -> Brand:
    """Two campaigns of two creators, one more link of each creator, two messages and two offers."""
    account = await make_brand()
    await pool.execute("UPDATE account SET timezone = $2 WHERE id = $1", account.id, zone)
    creators = [await make_creator(account), await make_creator(account)]
    for name in ("Summer", "Winter"):
        campaign = await make_campaign(account, name)
        await make_deliverable(account, campaign)
        await join(account, campaign, creators, Stage.ACCEPTED)
    for place, creator in enumerate(creators):
        await make_link(account, creator, label=["", "bio"][place])
    links = await Link.filter(account_id=account.id).order_by("id")
    links[0].tags, links[1].tags = ["story", "reel"], ["reel"]
    for link in links[:2]:
        await link.save()
    creative = await Creative.create(account=account, name="Poster")
    users = [await User.create(account=account, name=name, role=Role.EDITOR) for name in ("Uma", "Udo")]
    messages = [
        await Message.create(
            account=account, name=name, channel=Channel.EMAIL, template=name, domain_id=links[0].domain_id,
            creative_id=creative.id, variant=variant,
        )
        for name, variant in (("Hi", "A"), ("Bye", ""))
    ]  # fmt: skip
    offers = [await create_offer(account.id, OfferFields(name, "https://brand.example/")) for name in ("Rain", "Sun")]
    message_ids, offer_ids, sharer_ids = ([each.id for each in several] for several in (messages, offers, users))
    return Brand(account.id, ZoneInfo(zone), links, message_ids, offer_ids, sharer_ids, creative.id)


async def count_anything(pool: asyncpg.Pool, brand: Brand, seed: str, times: int = 150) -> None:
    """Clicks and what they were worth, around the moments at which clocks change."""
    chance = random.Random(seed)  # noqa: S311 -- the same counts in every run
    clicks, outcomes = Deltas(), OutcomeDeltas()
    for _ in range(times):
        at = chance.choice(SWITCHES) + dt.timedelta(minutes=15 * chance.randrange(160))
        key = make_key(brand.account_id, at, brand.zone, **brand.label(chance))
        for counter in range(len(COUNTERS)):
            clicks.add(key, counter, chance.randrange(3))
        for outcome in OUTCOMES[:-1]:
            currency = chance.choice(["EUR", "JPY"])
            outcomes.add(key, chance.choice(list(Dating)), currency, outcome, chance.randrange(-500, 1_000))
        if chance.random() < 0.1:
            outcomes.add(key, Dating.CONVERSION_TIME, NO_CURRENCY, "impressions", 2)
    async with pool.acquire() as connection, connection.transaction():
        await clicks.append(connection)
    await append(pool, outcomes)
    await fold_all(pool)


def add_up(rows: list[BreakdownRow]) -> tuple[Counts, list[Outcomes]]:
    found = join_found([row.outcomes for row in rows])
    return add_counts([row.counts for row in rows]), [found.tell(dating) for dating in Dating]


def list_ranges(zone: ZoneInfo) -> list[ReportRange]:
    day = dt.date(2026, 3, 29)
    return [EVERYTHING, resolve_days(day, day, zone), resolve_instants(SWITCHES[0], SWITCHES[1], zone)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu"])
async def test_parts_add_up_to_the_whole(pool: asyncpg.Pool, zone: str) -> None:
    brand = await open_brand(pool, zone)
    await count_anything(pool, brand, zone)

    for (scope, dimension), wanted in [(each, wanted) for each in PARTS for wanted in list_ranges(brand.zone)]:
        subjects = brand.list_subjects(scope)
        page = BreakdownPage(scope, dimension, wanted, BY_UNIQUE, ALL)
        told = await list_breakdowns(pool, brand.account_id, page, subjects)
        totals = await read_any_totals(pool, brand.account_id, subjects, wanted)
        outcomes = await read_any_outcomes(pool, brand.account_id, subjects, wanted)
        for subject, rows in zip(subjects, told, strict=True):
            assert len({row.key for row in rows}) == len(rows)
            whole = outcomes.get(subject, NOTHING_FOUND)
            expected = totals.get(subject, Counts()), [whole.tell(dating) for dating in Dating]
            if dimension is not Dimension.TAG:
                counts, worth = add_up(rows)
                known = [each._replace(impressions=each.impressions or 0) for each in expected[1]]
                assert (counts, [each._replace(impressions=each.impressions or 0) for each in worth]) == (
                    expected[0],
                    known,
                ), (subject, dimension, wanted)


async def test_without_what_belongs_to_none_they_would_not_add_up(pool: asyncpg.Pool) -> None:
    brand = await open_brand(pool)
    await count_anything(pool, brand, "none")
    whole = (await read_totals(pool, brand.account_id, [Subject(Scope.ACCOUNT)], EVERYTHING))[Subject(Scope.ACCOUNT)]

    for dimension in (Dimension.CAMPAIGN, Dimension.CREATOR, Dimension.LINK, Dimension.MESSAGE, Dimension.OFFER):
        page = BreakdownPage(Scope.ACCOUNT, dimension, EVERYTHING, BY_UNIQUE, ALL)
        [rows] = await list_breakdowns(pool, brand.account_id, page, [Subject(Scope.ACCOUNT)])
        assert add_up([row for row in rows if row.key != NONE_KEY])[0] != whole


async def test_every_part_has_what_a_report_of_it_has(pool: asyncpg.Pool) -> None:
    brand = await open_brand(pool)
    await count_anything(pool, brand, "parts")
    campaign_id = brand.links[0].campaign_id
    scopes = {Dimension.CAMPAIGN: Scope.CAMPAIGN, Dimension.CREATOR: Scope.CREATOR, Dimension.LINK: Scope.LINK}

    for dimension, scope in scopes.items():
        page = BreakdownPage(Scope.ACCOUNT, dimension, EVERYTHING, BY_UNIQUE, ALL)
        [rows] = await list_breakdowns(pool, brand.account_id, page, [Subject(Scope.ACCOUNT)])
        subjects = [Subject(scope, 0 if row.key == NONE_KEY else int(row.key)) for row in rows]
        totals = await read_totals(pool, brand.account_id, subjects, EVERYTHING)
        outcomes = await read_outcomes(pool, brand.account_id, subjects, EVERYTHING)
        assert [row.counts for row in rows] == [totals[subject] for subject in subjects]
        for dating in Dating:
            assert [row.outcomes.tell(dating) for row in rows] == [outcomes[each].tell(dating) for each in subjects]

    page = BreakdownPage(Scope.CAMPAIGN, Dimension.TAG, EVERYTHING, BY_UNIQUE, ALL)
    [rows] = await list_breakdowns(pool, brand.account_id, page, [Subject(Scope.CAMPAIGN, campaign_id or 0)])
    told = {row.key: row.counts for row in rows}
    links = [Subject(Scope.LINK, link.id) for link in brand.links[:2]]
    of_links = await read_totals(pool, brand.account_id, links, EVERYTHING)
    assert told["story"] == of_links[links[0]]
    assert told["reel"] == add_counts(of_links.values())


@pytest.mark.parametrize("sort_by", SORT_TYPES)
async def test_pages_follow_one_another_in_any_order(pool: asyncpg.Pool, sort_by: str) -> None:
    brand = await open_brand(pool)
    await count_anything(pool, brand, sort_by, times=40)
    for is_descending in (True, False):
        sorting = Sorting(sort_by, is_descending, Dating.CLICK_TIME, "JPY")
        page = BreakdownPage(Scope.ACCOUNT, Dimension.LINK, EVERYTHING, sorting, ALL)
        [rows] = await list_breakdowns(pool, brand.account_id, page, [Subject(Scope.ACCOUNT)])

        paged: list[BreakdownRow] = []
        while True:
            bound = (paged[-1].sort_key, paged[-1].key) if paged else None
            [part] = await list_breakdowns(
                pool, brand.account_id, page._replace(window=Window(2, bound)), [Subject(Scope.ACCOUNT)]
            )
            if not part:
                break
            paged += part

        sort_keys = [row.sort_key for row in rows]
        assert sort_keys == sorted(sort_keys, reverse=is_descending)
        assert len(set(sort_keys)) > 1
        assert [row.key for row in paged] == [row.key for row in rows]
        if sort_by == "NET_VALUE":
            assert sort_keys == [
                row.outcomes.tell(Dating.CLICK_TIME).worth.get("JPY", Worth()).net_minor for row in rows
            ]


async def test_what_parts_are_sorted_by_changes_nothing_of_them(pool: asyncpg.Pool) -> None:
    brand = await open_brand(pool)
    await count_anything(pool, brand, "forms", times=40)
    by_value = Sorting("GROSS_VALUE", True, Dating.CONVERSION_TIME, "EUR")

    for scope, dimension in PARTS:
        subjects = brand.list_subjects(scope)
        page = BreakdownPage(scope, dimension, list_ranges(brand.zone)[1], BY_UNIQUE, ALL)
        both = [
            await list_breakdowns(pool, brand.account_id, page._replace(sorting=sorting), subjects)
            for sorting in (BY_UNIQUE, by_value)
        ]
        first, second = [
            [{row.key: (row.counts, [row.outcomes.tell(dating) for dating in Dating]) for row in rows} for rows in told]
            for told in both
        ]
        assert first == second, (scope, dimension)


async def test_what_was_worth_something_without_clicks_is_a_part(pool: asyncpg.Pool) -> None:
    brand = await open_brand(pool)
    outcomes = OutcomeDeltas()
    key = make_key(brand.account_id, SWITCHES[0], brand.zone, link_id=brand.links[0].id)
    outcomes.add(key, Dating.CONVERSION_TIME, "EUR", "conversions", 1)
    outcomes.add(make_key(brand.account_id, SWITCHES[0], brand.zone), Dating.CONVERSION_TIME, "EUR", "payout_minor", 7)
    await append(pool, outcomes)
    await fold_all(pool)

    page = BreakdownPage(Scope.ACCOUNT, Dimension.LINK, EVERYTHING, BY_UNIQUE, ALL)
    [rows] = await list_breakdowns(pool, brand.account_id, page, [Subject(Scope.ACCOUNT)])

    told = {row.key: row.outcomes.tell(Dating.CONVERSION_TIME) for row in rows}
    assert {key: (each.conversions, each.worth) for key, each in told.items()} == {
        str(brand.links[0].id): (1, {}),
        NONE_KEY: (0, {"EUR": Worth(payout_minor=7)}),
    }


async def test_the_parts_of_a_message_are_its_slots_and_what_is_in_none(pool: asyncpg.Pool) -> None:
    brand = await open_brand(pool)
    await count_anything(pool, brand, "slots")
    page = BreakdownPage(Scope.MESSAGE, Dimension.SLOT, EVERYTHING, BY_UNIQUE, ALL)

    told = await list_breakdowns(pool, brand.account_id, page, brand.list_subjects(Scope.MESSAGE))

    assert [{row.key for row in rows} for rows in told] == [{"1", "2", NONE_KEY}] * 2


async def test_another_accounts_parts_are_nobodys(pool: asyncpg.Pool) -> None:
    brand = await open_brand(pool)
    await count_anything(pool, brand, "others", times=20)
    other = await make_brand("other")

    for scope, dimension in PARTS:
        page = BreakdownPage(scope, dimension, EVERYTHING, BY_UNIQUE, ALL)
        subjects = brand.list_subjects(scope)
        assert await list_breakdowns(pool, other.id, page, subjects) == [[] for _ in subjects]
