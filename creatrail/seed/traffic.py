"""Traffic as campaigns see it: posts that burst and fade, nights, favourites, repeats, bots. Pure.

The same arguments give the same clicks with the same ids, so that a seed which was killed can begin again: what is
stored already is not stored twice.
"""

import datetime as dt
import random
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import accumulate, groupby
from math import exp
from typing import Final, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from creatrail.seed.audience import LANGUAGES, SHARES, Kind, list_clients
from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
from tracking.clicks.salts import SALT_BYTES
from tracking.clicks.visitors import hash_visitor
from tracking.creators.models import Platform
from tracking.reports.buckets import find_buckets

T = TypeVar("T")

HOURS: Final = 61 * 24
_HOUR_MS: Final = 3_600_000
_EPOCH_ORDINAL: Final = dt.date(1970, 1, 1).toordinal()

# How awake the audience is, by the hour of its day.
_RHYTHM: Final = (5, 3, 2, 1, 1, 2, 5, 9, 11, 11, 12, 13, 14, 13, 12, 12, 13, 15, 18, 21, 23, 21, 16, 10)
_POSTING_HOURS: Final = (8, 12, 17, 18, 18, 19, 19, 20, 20)
_DAYS_BETWEEN_POSTS: Final = 12
_HOURS_TO_FADE: Final = (5.0, 9.0, 16.0, 30.0)
_STEADY: Final = 0.004  # of a post's first hour: bios, old posts, search

_REPEAT_CHANCE: Final = 0.16
_PLACEMENTS: Final = ("", "", "", "", "", "", "", "bio", "story", "reel")
_CARRIER_SHARE: Final = 0.35


class SeededLink(NamedTuple):
    """A link, its share of the traffic, and the hours in which it lives, counted from the beginning."""

    link_id: int
    campaign_id: int | None
    creator_id: int | None
    platform: Platform
    weight: float
    first_hour: int
    end_hour: int


class Audience(NamedTuple):
    """Whose links these are, and what makes their traffic different from another: account, seed, and when it ends."""

    account_id: int
    zone: ZoneInfo
    ends_at: dt.datetime
    seed: int

    def take_chances(self, purpose: str) -> random.Random:
        """The same ones each time, and others for another account: ids that are drawn are of one account alone."""
        return random.Random(f"{purpose} {self.seed} {self.account_id}")  # noqa: S311 -- a play, not a secret


class _Visitor(NamedTuple):
    client_ip: str
    user_agent: bytes
    language: bytes
    facts: Fact
    referrer: bytes


def generate_days(audience: Audience, links: Sequence[SeededLink], clicks: int) -> Iterator[list[ClickEvent]]:
    """Exactly `clicks` events, a day of 24 hours at a time, oldest first, all before `ends_at`."""
    chance = audience.take_chances("traffic")
    crowd = _Crowd(audience, chance)
    cells = _spread(links, audience, clicks, chance)
    for _, day in groupby(cells, key=lambda cell: cell // len(links) // 24):
        crowd.forget()
        events = [crowd.click(links[cell % len(links)], cell // len(links)) for cell in day]
        yield sorted(events, key=lambda event: event.click_id)


def _spread(links: Sequence[SeededLink], audience: Audience, clicks: int, chance: random.Random) -> list[int]:
    """The hour and the link of each click, as hour * len(links) + link, in order."""
    begins_at = audience.ends_at - dt.timedelta(hours=HOURS)
    awake = [_RHYTHM[(begins_at + dt.timedelta(hours=hour)).astimezone(audience.zone).hour] for hour in range(HOURS)]
    curves = [_draw_curve(link, awake, chance) for link in links]
    weights = [curve[hour] for hour in range(HOURS) for curve in curves]
    return sorted(chance.choices(range(len(weights)), cum_weights=list(accumulate(weights)), k=clicks))


def _draw_curve(link: SeededLink, awake: list[int], chance: random.Random) -> list[float]:
    """How much of a link's traffic comes in each hour: it sums to the link's weight."""
    curve = [0.0] * HOURS
    for hour in range(link.first_hour, link.end_hour):
        curve[hour] = _STEADY
    first_day, days = link.first_hour // 24, (link.end_hour - link.first_hour) // 24
    for _ in range(1 + days // _DAYS_BETWEEN_POSTS):
        posted = (first_day + chance.randrange(max(days, 1))) * 24 + chance.choice(_POSTING_HOURS)
        reach, fade = chance.lognormvariate(0, 0.7), chance.choice(_HOURS_TO_FADE)
        for hour in range(max(posted, link.first_hour), link.end_hour):
            curve[hour] += reach * exp((posted - hour) / fade)
    shaped = [height * level for height, level in zip(curve, awake, strict=True)]
    total = sum(shaped)
    return [link.weight * height / total for height in shaped]


class _Wheel(Generic[T]):
    """Draws one of its items, each as often as its weight says. Much quicker than random.choices for one at a time."""

    def __init__(self, items: Sequence[T], weights: Iterable[float]) -> None:
        self._items = items
        self._sums = list(accumulate(weights))

    def draw(self, chance: random.Random) -> T:
        return self._items[bisect(self._sums, chance.random() * self._sums[-1])]


class _Crowd:
    """Makes one click at a time and remembers who came today, as some come again."""

    def __init__(self, audience: Audience, chance: random.Random) -> None:
        self._audience = audience
        self._chance = chance
        self._begins_ms = round(audience.ends_at.timestamp() * 1000) - HOURS * _HOUR_MS
        self._kinds = _Wheel(list(SHARES), SHARES.values())
        self._languages = _Wheel(list(LANGUAGES), LANGUAGES.values())
        self._clients = {
            (kind, platform): _Wheel(*list_clients(kind, platform)) for kind in Kind for platform in Platform
        }
        self._came_today: dict[int, list[_Visitor]] = {}
        self._salts: dict[dt.date, bytes] = {}

    def forget(self) -> None:
        self._came_today.clear()

    def click(self, link: SeededLink, hour: int) -> ClickEvent:
        at_ms = self._begins_ms + hour * _HOUR_MS + self._chance.randrange(_HOUR_MS)
        visitor = self._pick_visitor(link)
        day = find_buckets(at_ms, self._audience.zone).day
        return ClickEvent(
            click_id=make_click_id(at_ms, self._chance.randbytes(10)),
            account_id=self._audience.account_id,
            link_id=link.link_id,
            campaign_id=link.campaign_id,
            creator_id=link.creator_id,
            message_id=None,
            slot=None,
            contact_id=None,
            offer_id=None,
            sharer_id=None,
            visitor_key=self._make_visitor_key(visitor, day),
            visitor_method=VisitorMethod.HASH,
            visitor_day=day.toordinal() - _EPOCH_ORDINAL,
            facts=int(visitor.facts),
            client_ip=visitor.client_ip,
            user_agent=visitor.user_agent,
            referrer=visitor.referrer,
            query=b"",
            placement=self._chance.choice(_PLACEMENTS),
        )

    def _pick_visitor(self, link: SeededLink) -> _Visitor:
        came = self._came_today.setdefault(link.link_id, [])
        if came and self._chance.random() < _REPEAT_CHANCE:
            return self._chance.choice(came)
        kind = self._kinds.draw(self._chance)
        client = self._clients[kind, link.platform].draw(self._chance)
        language = self._languages.draw(self._chance)
        has_language = Fact.ACCEPT_LANGUAGE in client.facts
        visitor = _Visitor(
            self._draw_address(), client.user_agent, language if has_language else b"", client.facts, client.referrer
        )
        if kind is Kind.PERSON:
            came.append(visitor)
        return visitor

    def _draw_address(self) -> str:
        """Addresses that belong to nobody: shared by a carrier's customers (RFC 6598), or IPv6 of RFC 3849."""
        bits = self._chance.getrandbits(32)
        if self._chance.random() < _CARRIER_SHARE:
            return f"100.{64 + (bits >> 8 & 3)}.{bits >> 2 & 31}.{bits & 255}"
        return f"2001:db8:{bits >> 16:x}:{bits & 0xFFFF:x}::1"

    def _make_visitor_key(self, visitor: _Visitor, day: dt.date) -> bytes:
        salt = self._salts.get(day)
        if salt is None:
            origin = f"{self._audience.seed} {day}".encode()
            salt = self._salts[day] = blake2b(origin, digest_size=SALT_BYTES).digest()
        return hash_visitor(salt, self._audience.account_id, visitor.client_ip, visitor.user_agent, visitor.language)


def make_click_id(at_ms: int, tail: bytes) -> bytes:
    """A UUIDv7 as the redirector mints it, but with chosen random bytes."""
    return at_ms.to_bytes(6, "big") + bytes((0x70 | tail[0] & 0x0F, tail[1], 0x80 | tail[2] & 0x3F)) + tail[3:]
