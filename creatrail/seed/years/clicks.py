"""The clicks of a day as rows of `click`, as `store_clicks` would write them. Pure: the same arguments, the same rows.

What a kind of client sends is judged once, by the function that prepares every click; of each click only its own
columns are filled in: its id and moment, its link, its visitor.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from math import exp
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg.pgproto.pgproto

from creatrail.seed.audience import SHARES, Client, Kind, list_clients
from creatrail.seed.traffic import make_click_id
from creatrail.seed.years.plan import Cell
from tracking.bots.policies.queries import NO_POLICIES
from tracking.clicks.event import ClickEvent, VisitorMethod
from tracking.clicks.prepare import CLICK_COLUMNS, prepare_click
from tracking.creators.models import Platform
from tracking.reports.buckets import find_day_start, find_hour_after

Record = tuple[object, ...]

# How awake the audience is, by the hour of its day.
_RHYTHM: Final = (5, 3, 2, 1, 1, 2, 5, 9, 11, 11, 12, 13, 14, 13, 12, 12, 13, 15, 18, 21, 23, 21, 16, 10)
_HOURS_TO_FADE: Final = 6.0
_REPEAT_CHANCE: Final = 0.16
_CARRIER_SHARE: Final = 90  # of 256
_PLACEMENTS: Final = ("", "", "", "", "", "", "", "bio", "story", "reel")
_DRAWN_BYTES: Final = 32  # of each click: for its id, its visitor, its network and its placement
_DAY: Final = dt.timedelta(days=1)
_ANY_MS: Final = 1_700_000_000_000
_NOBODY: Final = bytes(16)

_make_id: Callable[[bytes], UUID] = asyncpg.pgproto.pgproto.UUID
_COLUMN: Final = {name: place for place, name in enumerate(CLICK_COLUMNS)}
_ID, _LINK, _CAMPAIGN, _CREATOR = (_COLUMN[name] for name in ("id", "link_id", "campaign_id", "creator_id"))
_OCCURRED_AT, _VISITOR_KEY, _VISITOR_DAY, _NETWORK, _PLACEMENT = (
    _COLUMN[name] for name in ("occurred_at", "visitor_key", "visitor_day", "network", "placement")
)


class PlacedLink(NamedTuple):
    """The link of a place in the plan, as it is stored."""

    link_id: int
    campaign_id: int
    creator_id: int
    platform: Platform


class Manner(NamedTuple):
    """Who comes in which way, and the row that it makes, but for what is each click's own."""

    kind: Kind
    client: Client
    row: Record


class _Hour(NamedTuple):
    starts_ms: int
    length_ms: int
    of_day: int


class _Visitor(NamedTuple):
    manner: Manner
    key: bytes
    network: bytes


def find_manners(
    account_id: int, platform: Platform, user_agent_ids: dict[bytes, int]
) -> tuple[list[Manner], list[float]]:
    """How people and programs come to links that were posted there, and the sums of their shares."""
    manners: list[Manner] = []
    shares: list[float] = []
    for kind, share in SHARES.items():
        clients, weights = list_clients(kind, platform)
        for client, weight in zip(clients, weights, strict=True):
            manners.append(Manner(kind, client, _prepare_row(account_id, client, user_agent_ids)))
            shares.append(share * weight / sum(weights))
    return manners, list(accumulate(shares))


class Crowd:
    """Draws the clicks of one day after the other. `links` are those of the places of the plan."""

    def __init__(
        self, account_id: int, zone: ZoneInfo, links: Sequence[PlacedLink], user_agent_ids: dict[bytes, int]
    ) -> None:
        self._account_id = account_id
        self._zone = zone
        self._links = links
        self._manners = {
            platform: find_manners(account_id, platform, user_agent_ids)
            for platform in {link.platform for link in links}
        }

    def make_rows(self, day: dt.date, cells: Sequence[Cell]) -> list[Record]:
        """In the order of their moments."""
        chance = random.Random(f"{self._account_id} {day}")  # noqa: S311 -- a play, not a secret
        hours = list(_list_hours(day, self._zone))
        rows = [row for cell in cells for row in self._follow(cell, day, hours, chance)]
        rows.sort(key=lambda row: row[_OCCURRED_AT])  # type: ignore[arg-type, return-value]  # all are moments
        return rows

    def _follow(self, cell: Cell, day: dt.date, hours: list[_Hour], chance: random.Random) -> Iterator[Record]:
        link = self._links[cell.place]
        manners, shares = self._manners[link.platform]
        came: list[_Visitor] = []
        drawn = chance.randbytes(_DRAWN_BYTES * cell.clicks)
        ways = chance.choices(manners, cum_weights=shares, k=cell.clicks)
        moments = chance.choices(hours, cum_weights=_share_out(hours, cell.posted_hour), k=cell.clicks)
        for number, (manner, hour) in enumerate(zip(ways, moments, strict=True)):
            noise = drawn[number * _DRAWN_BYTES : (number + 1) * _DRAWN_BYTES]
            if came and chance.random() < _REPEAT_CHANCE:
                visitor = came[int(chance.random() * len(came))]
            else:
                visitor = _Visitor(manner, noise[10:26], _find_network(noise[26:31]))
                if manner.kind is Kind.PERSON:
                    came.append(visitor)
            at_ms = hour.starts_ms + int(chance.random() * hour.length_ms)
            row = list(visitor.manner.row)
            row[_ID] = _make_id(make_click_id(at_ms, noise[:10]))
            row[_LINK], row[_CAMPAIGN], row[_CREATOR] = link.link_id, link.campaign_id, link.creator_id
            row[_OCCURRED_AT] = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
            row[_VISITOR_KEY], row[_VISITOR_DAY] = visitor.key, day
            row[_NETWORK] = visitor.network
            row[_PLACEMENT] = _PLACEMENTS[noise[31] % len(_PLACEMENTS)] or None
            yield tuple(row)


def _prepare_row(account_id: int, client: Client, user_agent_ids: dict[bytes, int]) -> Record:
    event = ClickEvent(
        click_id=make_click_id(_ANY_MS, _NOBODY[:10]),
        account_id=account_id,
        link_id=0,
        campaign_id=None,
        creator_id=None,
        message_id=None,
        slot=None,
        contact_id=None,
        offer_id=None,
        sharer_id=None,
        visitor_key=_NOBODY,
        visitor_method=VisitorMethod.HASH,
        visitor_day=_ANY_MS // 86_400_000,
        facts=int(client.facts),
        client_ip="",
        user_agent=client.user_agent,
        referrer=client.referrer,
        query=b"",
        placement="",
    )
    return prepare_click(event, ZoneInfo("UTC"), user_agent_ids.get(client.user_agent), NO_POLICIES).record


def _list_hours(day: dt.date, zone: ZoneInfo) -> Iterator[_Hour]:
    hour_at, end_at = find_day_start(day, zone), find_day_start(day + _DAY, zone)
    while hour_at < end_at:
        following = find_hour_after(hour_at, zone)
        starts_ms, ends_ms = (round(moment.timestamp() * 1000) for moment in (hour_at, following))
        yield _Hour(starts_ms, ends_ms - starts_ms, hour_at.astimezone(zone).hour)
        hour_at = following


def _share_out(hours: list[_Hour], posted_hour: int | None) -> list[float]:
    """Sums of what each hour has of a day. On the day of a post it comes after it, most at once."""
    if posted_hour is None:
        return list(accumulate(float(_RHYTHM[hour.of_day]) for hour in hours))
    return list(
        accumulate(
            _RHYTHM[hour.of_day] * exp((posted_hour - hour.of_day) / _HOURS_TO_FADE)
            if hour.of_day >= posted_hour
            else 0.0
            for hour in hours
        )
    )


def _find_network(noise: bytes) -> bytes:
    """What is kept of addresses that belong to nobody: shared by a carrier's customers (RFC 6598), or of RFC 3849."""
    if noise[0] < _CARRIER_SHARE:
        return bytes((100, 64 + (noise[1] & 3), noise[2] & 31))
    return b"\x20\x01\x0d\xb8" + noise[3:5]
