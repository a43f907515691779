"""A month of known people: what is reported as unique clicks, against the days on which people really came.

Beside it stands what others do, one click an hour for each address and user agent, on the same clicks.
"""

import random
from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from bench.behaviour.crowd import CHROME, Door, Person, Target, find_carrier_address, make_mixes, make_person, visit_of
from bench.behaviour.stage import Stage
from tracking.clicks.event import ClickEvent
from tracking.clicks.visitors import VisitorCookie
from tracking.reports.scopes import Grain, Scope

DAYS: Final = 30
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
FOLLOWERS: Final = 1_500
COMES_TODAY: Final = 0.05
OTHER_BROWSER: Final = 0.01  # of the days: the same person once more, in an app with cookies of its own
MOVES: Final = 0.3  # of later clicks on a day behind a carrier: from another of its addresses
PROGRAMS: Final = 0.1  # clicks of programs, by those of people
_CRAWLERS: Final = (
    b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    b"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
    b"python-requests/2.32.3",
)


class Month(NamedTuple):
    """Clicks, and of each link on how many days each person really came, all in all."""

    events: list[ClickEvent]
    person_days: Counter[int]
    seen: list[tuple[int, int, str, bytes]]  # link, moment, address and user agent of what is no declared program


class Error(NamedTuple):
    """Of a link's count, by its person-days: the mean of the absolute errors, and the worst."""

    mean: float
    worst: float

    @classmethod
    def compare(cls, counted: Counter[int], true: Counter[int]) -> "Error":
        errors = [abs(counted[link_id] - days) / days for link_id, days in true.items()]
        return cls(sum(errors) / len(errors), max(errors))


def live_month(seed: int, targets: Sequence[Target], start_ms: int, *, has_cookies: bool) -> Month:
    """The same people and moments for the same seed, with cookies or without."""
    chance = random.Random(seed)  # noqa: S311 -- the same month in every run
    door, mixes = Door(seed), make_mixes(chance)
    month = Month([], Counter(), [])
    for place, target in enumerate(targets):
        people = [
            make_person(chance, place * FOLLOWERS + number, chance.choice(mixes), 4, 256) for number in range(FOLLOWERS)
        ]
        jars: dict[tuple[int, bool], VisitorCookie] = {}
        for day in range(DAYS):
            for person in people:
                if chance.random() < COMES_TODAY:
                    month.person_days[target.link_id] += 1
                    at_ms = start_ms + day * DAY_MS + chance.randrange(DAY_MS - 4 * HOUR_MS)
                    _live_day(chance, door, month, target, person, at_ms, jars if has_cookies else None)
    _add_programs(chance, door, month, targets, start_ms)
    return month


def _live_day(  # noqa: PLR0917 -- what a day is made of
    chance: random.Random,
    door: Door,
    month: Month,
    target: Target,
    person: Person,
    at_ms: int,
    jars: dict[tuple[int, bool], VisitorCookie] | None,
) -> None:
    is_other = False
    for number in range(chance.choices((1, 2, 3), (75, 18, 7))[0]):
        if number:
            at_ms += chance.randint(5_000, 80 * 60_000)
            if person.address.startswith("100.") and chance.random() < MOVES:
                person = person._replace(address=find_carrier_address(chance, 4, 256))
        _click(door, month, target, person, at_ms, jars, is_other)
    if chance.random() < OTHER_BROWSER:
        other = person._replace(device=person.device._replace(user_agent=CHROME.format(137).encode()))
        _click(door, month, target, other, at_ms + 60_000, jars, True)


def _click(  # noqa: PLR0917 -- what a click is made of
    door: Door,
    month: Month,
    target: Target,
    person: Person,
    at_ms: int,
    jars: dict[tuple[int, bool], VisitorCookie] | None,
    is_other: bool,
) -> None:
    visit = visit_of(person)
    jar = (person.number, is_other)
    cookie = jars.get(jar) if jars is not None else None
    event = door.click(target, at_ms, visit, cookie)
    month.events.append(event)
    month.seen.append((target.link_id, at_ms, person.address, visit.user_agent))
    if jars is not None and cookie is None:
        jars[jar] = VisitorCookie(door.draw_id(), event.visitor_day, event.visitor_key)


def _add_programs(chance: random.Random, door: Door, month: Month, targets: Sequence[Target], start_ms: int) -> None:
    """Crawlers that say what they are, and here and there a loop that does not stop."""
    person = make_person(chance, 0, make_mixes(chance)[1], 1, 256)
    for _ in range(round(PROGRAMS * len(month.events))):
        visit = visit_of(person)._replace(
            address=f"62.1.{chance.randrange(256)}.{chance.randrange(256)}", user_agent=chance.choice(_CRAWLERS)
        )
        month.events.append(door.click(chance.choice(targets), start_ms + chance.randrange(DAYS * DAY_MS), visit))
    for target in targets:
        at_ms = start_ms + chance.randrange(DAYS * DAY_MS)
        for number in range(300):
            visit = visit_of(person)._replace(address=f"62.2.0.{target.link_id % 256}")
            month.events.append(door.click(target, at_ms + number * 150, visit))


def count_by_hours(month: Month) -> Counter[int]:
    """A click counts unless the same address and user agent opened the same link within the hour before."""
    counted: Counter[int] = Counter()
    last: dict[tuple[int, str, bytes], int] = {}
    for link_id, at_ms, address, user_agent in sorted(month.seen, key=lambda seen: seen[1]):
        key = (link_id, address, user_agent)
        if at_ms - last.get(key, -HOUR_MS) >= HOUR_MS:
            counted[link_id] += 1
            last[key] = at_ms
    return counted


async def read_uniques(stage: Stage) -> Counter[int]:
    """What the report of each link says."""
    rows = await stage.pool.fetch(
        "SELECT first_key, unique_clicks FROM rollup WHERE account_id = $1 AND scope = $2 AND grain = $3",
        stage.account_id,
        Scope.LINK,
        Grain.TOTAL,
    )
    return Counter({row["first_key"]: row["unique_clicks"] for row in rows})
