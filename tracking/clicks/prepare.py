"""From an event of the stream to what is stored and counted. Pure: the same event gives the same result for ever."""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg.pgproto.pgproto
import msgspec

from tracking.bots.hosting.networks import pack_address
from tracking.bots.hosting.origins import NOWHERE, Origin
from tracking.bots.kept_networks import shorten
from tracking.bots.policies.queries import Policies
from tracking.bots.policies.rules import DEFAULT_POLICY, Policy
from tracking.bots.rules import ClickFacts
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS
from tracking.clicks.event import MAX_PLACEMENT_CHARS, ClickEvent, VisitorMethod
from tracking.clicks.ids import read_click_ms
from tracking.clicks.judging import judge
from tracking.clicks.user_agents import read_user_agent
from tracking.reports.buckets import TOTAL_BUCKET, find_buckets
from tracking.reports.deltas import DeltaKey
from tracking.stream_events import EARLIEST_MS, LATEST_MS

CLICK_COLUMNS: Final = (
    "id",
    "account_id",
    "link_id",
    "campaign_id",
    "creator_id",
    "message_id",
    "slot",
    "contact_id",
    "offer_id",
    "sharer_id",
    "occurred_at",
    "verdict",
    "traffic_class",
    "reasons",
    "score",
    "ruleset",
    "is_counted",
    "visitor_key",
    "visitor_method",
    "visitor_day",
    "facts",
    "user_agent_id",
    "network",
    "placement",
    "referrer_host",
    "hosting_provider_id",
    "country",
    "lists_id",
)

LINK_DAY: Final = 0  # subject of a unique click: a visitor's day on a link
MESSAGE_CONTACT: Final = 1  # subject of a unique click: a contact's message, for ever
FOR_EVER: Final = TOTAL_BUCKET.date()

_DAY_MS: Final = 86_400_000
_EPOCH: Final = FOR_EVER.toordinal()


# What a click may be the first of: a day or for ever, the kind of subject, its id, the visitor (rule 5).
UniqueKey = tuple[dt.date, int, int, bytes]

# asyncpg's own class is made and written in a fraction of the time, and equals the standard one.
_make_id: Callable[[bytes], UUID] = asyncpg.pgproto.pgproto.UUID


class InvalidClickError(Exception):
    """An event that no worker can ever store. The reason goes to the dead letter with it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Judged(NamedTuple):
    columns: tuple[int, ...]  # of the click, those that stand next to each other, as they are written
    counter: int
    is_counted: bool


class PreparedClick(msgspec.Struct, frozen=True, gc=False):
    click_id: UUID
    account_id: int
    record: tuple[object, ...]  # in the order of CLICK_COLUMNS
    delta_key: DeltaKey
    counter: int  # index into COUNTERS, one of the first six
    is_counted: bool
    unique_key: UniqueKey
    visitor_method: int


def prepare_click(
    event: ClickEvent, zone: ZoneInfo, user_agent_id: int | None, policies: Policies, origin: Origin = NOWHERE
) -> PreparedClick:
    """Raises InvalidClickError for an event that cannot be one of ours."""
    at_ms = _check_click_ms(event)
    visitor_day = _check_visitor(event, at_ms)
    buckets = find_buckets(at_ms, zone)
    occurred_at = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
    address = pack_address(event.client_ip)
    network = shorten(address) if address is not None else None
    judged = _judge_event(event, occurred_at, policies, origin, network)
    labels = (event.campaign_id, event.creator_id, event.message_id, event.slot)
    parties = (event.contact_id, event.offer_id, event.sharer_id)
    click_id = _make_id(event.click_id)
    record = (
        click_id,
        event.account_id,
        event.link_id,
        *labels,
        *parties,
        occurred_at,
        *judged.columns,
        event.visitor_key,
        event.visitor_method,
        visitor_day,
        event.facts,
        user_agent_id,
        network,
        event.placement[:MAX_PLACEMENT_CHARS] or None,
        _find_host(event.referrer),
        *origin,
    )
    link_id = event.link_id if event.contact_id is None else None
    delta_key = (event.account_id, link_id, *labels, *parties, buckets.hour_at, buckets.day_at)
    unique_key = find_unique_key(event.link_id, event.message_id, event.contact_id, visitor_day, event.visitor_key)
    counts = (judged.counter, judged.is_counted, unique_key)
    return PreparedClick(click_id, event.account_id, record, delta_key, *counts, event.visitor_method)


def forget_visitor(click: PreparedClick, nobody: bytes) -> PreparedClick:
    """Of somebody who was erased: judged and counted as it came, and kept as nobody's."""
    record = list(click.record)
    for name, value in (("visitor_key", nobody), ("user_agent_id", None), ("network", None)):
        record[CLICK_COLUMNS.index(name)] = value
    day, subject, subject_id, _ = click.unique_key
    return msgspec.structs.replace(click, record=tuple(record), unique_key=(day, subject, subject_id, nobody))


def _judge_event(
    event: ClickEvent, occurred_at: dt.datetime, policies: Policies, origin: Origin, network: bytes | None
) -> _Judged:
    policy = DEFAULT_POLICY
    if not policies.is_empty:
        policy = policies.find(event.account_id, event.campaign_id, event.link_id, occurred_at)
    return _judge(
        event.facts,
        event.user_agent,
        origin.hosting_provider_id is not None,
        event.visitor_method == VisitorMethod.COOKIE,
        event.contact_id is not None,
        policy,
        # what no list asks for is left out, so that clicks from anywhere are judged once
        network if policy.lists_origins else None,
        origin.country if policy.lists_origins else None,
    )


def _check_click_ms(event: ClickEvent) -> int:
    click_id = event.click_id
    if len(click_id) == 16 and click_id[6] >> 4 == 7:
        at_ms = read_click_ms(click_id)
        if EARLIEST_MS <= at_ms < LATEST_MS:
            return at_ms
    raise InvalidClickError("invalid_click_id")


def _check_visitor(event: ClickEvent, at_ms: int) -> dt.date:
    """The visitor's day: one somewhere on Earth at that moment, since another one would want a partition of its own."""
    if len(event.visitor_key) != 16:
        raise InvalidClickError("invalid_visitor_key")
    if not -1 <= event.visitor_day - at_ms // _DAY_MS <= 1:
        raise InvalidClickError("invalid_visitor_day")
    return dt.date.fromordinal(_EPOCH + event.visitor_day)


def find_unique_key(
    link_id: int, message_id: int | None, contact_id: int | None, visitor_day: dt.date, visitor_key: bytes
) -> UniqueKey:
    if contact_id is not None and message_id is not None:
        return FOR_EVER, MESSAGE_CONTACT, message_id, visitor_key
    return visitor_day, LINK_DAY, link_id, visitor_key


@lru_cache(maxsize=20_000)
def _judge(  # noqa: PLR0917 -- by position, as names cost time here
    facts: int,
    user_agent: bytes,
    is_from_hosting: bool,
    has_cookie: bool,
    has_contact: bool,
    policy: Policy,
    network: bytes | None,
    country: str | None,
) -> _Judged:
    known = ClickFacts(
        facts, read_user_agent(user_agent), is_from_hosting, has_cookie, network=network, country=country
    )
    judgement = judge(known, RULESETS[CURRENT_RULESET], policy, has_contact=has_contact)
    return _Judged((*judgement.columns, judgement.is_counted), judgement.counter, judgement.is_counted)


@lru_cache(maxsize=20_000)
def _find_host(referrer: bytes) -> str | None:
    if not referrer:
        return None
    try:
        host = urlsplit(referrer.decode("utf-8", "replace")).hostname
    except ValueError:
        return None
    return host[:253].replace("\0", "") or None if host else None
