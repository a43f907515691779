"""Who posts what when in two years, and how many clicks come of it on each day. Pure: the same for ever.

On which days a link is followed depends on the size alone, not on the number of clicks: accounts of a million and of
ten million clicks have the same creators' days with anything in them, and can be compared.
"""

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import exp
from typing import Final, NamedTuple

from creatrail.seed.audience import APPS
from tracking.creators.models import Platform
from tracking.errors import InvalidInputError

SEED: Final = 1

_PLATFORMS: Final = tuple(APPS)
_GOODS: Final = ("Trail shoes", "Rain jackets", "Stoves", "Tents", "Wool", "Packs", "Bikes", "Skis", "Maps", "Boots")
_CAMPAIGNS_OF_A_CREATOR: Final = {1: 10, 2: 20, 3: 40, 4: 20, 5: 10}
_SHORTEST_DAYS, _LONGEST_DAYS = 42, 90
_CROWDING: Final = 0.6  # how much more creators the largest campaigns have than others
_POSTING_HOURS: Final = (8, 12, 17, 18, 18, 19, 19, 20, 20)
_SECOND_POST_CHANCE: Final = 0.3
_DAYS_OF_A_POST: Final = 14
_DAYS_TO_FADE: Final = 3.0
_DAYS_REMEMBERED: Final = 60
_REMEMBERED_CHANCE: Final = 0.08  # of a day long after a post, that anybody follows it still
_REMEMBERED: Final = 0.01  # of a post's first day


class Size(NamedTuple):
    creators: int = 1_000
    campaigns: int = 50
    days: int = 730


FULL_SIZE: Final = Size()


class PlannedCreator(NamedTuple):
    platform: Platform
    followers: int
    reach: float


class PlannedCampaign(NamedTuple):
    """Days count from the first of the account's."""

    name: str
    first_day: int
    end_day: int


class PlannedPost(NamedTuple):
    day: int
    hour: int


class PlannedPlace(NamedTuple):
    """A creator in a campaign, with the one link they have there. Numbers are places in the plan."""

    campaign: int
    creator: int
    posts: tuple[PlannedPost, ...]


class Cell(NamedTuple):
    """The clicks of a day on the link of a place. None come before the hour of a post of that day."""

    day: int
    place: int
    clicks: int
    posted_hour: int | None


class Plan(NamedTuple):
    size: Size
    creators: Sequence[PlannedCreator]
    campaigns: Sequence[PlannedCampaign]
    places: Sequence[PlannedPlace]


def make_plan(size: Size) -> Plan:
    chance = random.Random(SEED)  # noqa: S311 -- a play, not a secret
    creators = [_draw_creator(chance) for _ in range(size.creators)]
    campaigns = [_draw_campaign(number, size, chance) for number in range(size.campaigns)]
    pairs = sorted(_draw_pairs(size, chance))
    places = [
        PlannedPlace(campaign, creator, tuple(_draw_posts(campaigns[campaign], chance))) for campaign, creator in pairs
    ]
    return Plan(size, creators, campaigns, places)


def plan_cells(plan: Plan, clicks: int) -> list[list[Cell]]:
    """By day. Every day on which a link is followed at all has a click; the others are shared out by what is expected.

    Raises InvalidInputError for fewer clicks than there are such days.
    """
    chance = random.Random(SEED + 1)  # noqa: S311 -- a play, not a secret
    expected = [
        (day, number, weight)
        for number, place in enumerate(plan.places)
        for day, weight in sorted(_expect(place, plan, chance).items())
    ]
    shared = clicks - len(expected)
    if shared < 0:
        raise InvalidInputError(f"{clicks:,} clicks are too few for so many creators: give {len(expected):,} or more")
    sums = [0.0, *accumulate(weight for _, _, weight in expected)]
    counts = [
        1 + round(after * shared / sums[-1]) - round(before * shared / sums[-1]) for before, after in pairwise(sums)
    ]
    by_day: list[list[Cell]] = [[] for _ in range(plan.size.days)]
    for (day, number, _), count in zip(expected, counts, strict=True):
        hours = [post.hour for post in plan.places[number].posts if post.day == day]
        is_first = day == plan.places[number].posts[0].day
        by_day[day].append(Cell(day, number, count, hours[0] if hours and is_first else None))
    return by_day


def _draw_creator(chance: random.Random) -> PlannedCreator:
    followers = round(chance.lognormvariate(10.5, 1.3))
    return PlannedCreator(chance.choice(_PLATFORMS), followers, followers**0.5 * chance.lognormvariate(0, 0.5))


def _draw_campaign(number: int, size: Size, chance: random.Random) -> PlannedCampaign:
    latest = max(size.days - _SHORTEST_DAYS, 1)
    first_day = min(number * latest // size.campaigns + chance.randrange(7), latest - 1)
    end_day = min(first_day + chance.randint(_SHORTEST_DAYS, _LONGEST_DAYS), size.days)
    return PlannedCampaign(f"{_GOODS[number % len(_GOODS)]} {number // len(_GOODS) + 1}", first_day, end_day)


def _draw_pairs(size: Size, chance: random.Random) -> Iterator[tuple[int, int]]:
    """Campaign and creator."""
    ranks = chance.sample(range(1, size.campaigns + 1), size.campaigns)
    sums = list(accumulate(rank**-_CROWDING for rank in ranks))
    counts = list(_CAMPAIGNS_OF_A_CREATOR)
    for creator in range(size.creators):
        [wanted] = chance.choices(counts, list(_CAMPAIGNS_OF_A_CREATOR.values()))
        chosen: set[int] = set()
        while len(chosen) < min(wanted, size.campaigns):
            chosen.update(chance.choices(range(size.campaigns), cum_weights=sums))
        yield from ((campaign, creator) for campaign in chosen)


def _draw_posts(campaign: PlannedCampaign, chance: random.Random) -> Iterator[PlannedPost]:
    """In the order of their days, which differ."""
    days = campaign.end_day - campaign.first_day
    first = chance.randrange(days // 2)
    yield PlannedPost(campaign.first_day + first, chance.choice(_POSTING_HOURS))
    if chance.random() < _SECOND_POST_CHANCE:
        yield PlannedPost(campaign.first_day + chance.randrange(first + 1, days), chance.choice(_POSTING_HOURS))


def _expect(place: PlannedPlace, plan: Plan, chance: random.Random) -> dict[int, float]:
    """How much comes on each day on which anything does."""
    days: dict[int, float] = {}
    reach = plan.creators[place.creator].reach
    for post in place.posts:
        strength = reach * chance.lognormvariate(0, 0.5)
        for after in range(_DAYS_OF_A_POST):
            days[post.day + after] = days.get(post.day + after, 0) + strength * exp(-after / _DAYS_TO_FADE)
    last = place.posts[-1].day + _DAYS_OF_A_POST
    for day in range(last, last + _DAYS_REMEMBERED):
        if chance.random() < _REMEMBERED_CHANCE:
            days[day] = reach * _REMEMBERED
    return {day: weight for day, weight in days.items() if day < plan.size.days}
