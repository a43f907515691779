"""Raw clicks, for as long as they are kept: every one, counted or not, with what the graph shows of it (rule 10)."""

import datetime as dt
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

import asyncpg

from tracking.bots.verdicts import TrafficClass, Verdict, list_reasons
from tracking.clicks.event import VisitorMethod
from tracking.clicks.filters import HOLDER_KEY, IS_BOUND, SPECIAL_CLASSES, ClickFilter, Counting, add_conditions
from tracking.exports.kinds.naming import COLUMNS_OF_NAMES, JOINS, NAMED, tell_names
from tracking.exports.layouts import Asked, Cell, Column, Layout
from tracking.exports.models import ExportKind
from tracking.exports.parameters import read_parameters
from tracking.exports.snapshots import count_rows, stream_pages
from tracking.paging import Conditions

_PAGE: Final = f"""
    WITH found AS (
        SELECT id, link_id, campaign_id, creator_id, message_id, slot, contact_id, offer_id, sharer_id, occurred_at,
            recorded_at, verdict, traffic_class, reasons, score, ruleset, is_counted, visitor_key, visitor_method,
            visitor_day, user_agent_id, placement, referrer_host, hosting_provider_id, country
        FROM click {{page}}
    ), page AS (
        SELECT click.*, {IS_BOUND} AS is_bound, coalesce(
            is_counted AND id = (SELECT held.click_id FROM unique_click AS held WHERE {HOLDER_KEY}), false
        ) AS is_unique
        FROM found AS click
    )
    SELECT page.*, provider.name AS hosting_provider, agent.browser, agent.os, agent.device, agent.in_app_browser,
        {NAMED}
    FROM page {JOINS}
    LEFT JOIN user_agent AS agent ON agent.id = page.user_agent_id
    LEFT JOIN hosting_provider AS provider ON provider.id = page.hosting_provider_id
    ORDER BY page.id
"""
_COLUMNS: Final = (
    Column("click_id", str, "A UUIDv7, in which the moment of the click is."),
    Column("occurred_at", dt.datetime, "When the redirector got the request."),
    Column("recorded_at", dt.datetime, "When it was stored."),
    *COLUMNS_OF_NAMES,
    Column("placement", str, "What stood after ~ in the address."),
    Column("counting", str, "UNIQUE, REPEAT, SUSPECT, BOT, PREVIEW, PREFETCH or TEST: the column that it stands in."),
    Column("is_counted", bool, "Whether the bot policy counts it: uniques and repeats."),
    Column("is_unique", bool, "Whether it holds the unique: uniqueClicks counts these."),
    Column("unique_day", dt.date, "The account's day that its unique is of; empty where it is one for ever."),
    Column("verdict", str, "HUMAN, SUSPECT or BOT."),
    Column("traffic_class", str, "What kind of traffic, from the strongest reason."),
    Column("reasons", str, "What spoke for the verdict, with a blank between two."),
    Column("score", int, "The points of the reasons."),
    Column("ruleset", int, "By which rules it was judged."),
    Column("visitor_method", str, "How its visitor was told apart: CONTACT, COOKIE, HASH or NONE."),
    Column("referrer_host", str, "The host that the request named as where it came from."),
    Column("browser", str, "As the user agent names it."),
    Column("os", str, "The system, as the user agent names it."),
    Column("device", str, "As the user agent names it."),
    Column("in_app_browser", str, "The app whose browser it is, such as Instagram."),
    Column("hosting_provider", str, "From whose network it came; empty where no list names one."),
    Column("country", str, "Of its network, by ISO 3166; empty where no list of countries is."),
)


async def _read_rows(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    async for row in stream_pages(pool, _PAGE, partial(_write_conditions, asked), ["id"]):
        yield _tell(row, asked.public_port)


async def _count_rows(pool: asyncpg.Pool, asked: Asked) -> int | None:
    return await count_rows(pool, "click", _write_conditions(asked))


def _write_conditions(asked: Asked) -> Conditions:
    given = read_parameters(asked.parameters)
    conditions = Conditions(asked.account_id)
    conditions.require("account_id = $1")
    wanted = ClickFilter(
        link_ids=given.link_ids,
        campaign_ids=None if given.campaign_id is None else [given.campaign_id],
        creator_ids=None if given.creator_id is None else [given.creator_id],
        message_ids=given.message_ids,
        offer_ids=None if given.offer_id is None else [given.offer_id],
        is_counted=True if given.is_counted_only else None,
        occurred_from=given.range_start,
        occurred_to=given.range_end,
    )
    add_conditions(conditions, wanted)
    return conditions


def _tell(row: asyncpg.Record, public_port: int | None) -> tuple[Cell, ...]:
    return (
        str(row["id"]),
        row["occurred_at"],
        row["recorded_at"],
        *tell_names(row, public_port),
        row["placement"],
        _find_counting(row).value,
        row["is_counted"],
        row["is_unique"],
        None if row["is_bound"] else row["visitor_day"],
        _VERDICTS[row["verdict"]],
        _CLASSES[row["traffic_class"]],
        _name_reasons(row["reasons"]),
        row["score"],
        row["ruleset"],
        _METHODS[row["visitor_method"]],
        row["referrer_host"],
        row["browser"],
        row["os"],
        row["device"],
        row["in_app_browser"],
        row["hosting_provider"],
        row["country"],
    )


_VERDICTS: Final = {verdict.value: verdict.name for verdict in Verdict}
_CLASSES: Final = {each.value: each.name for each in TrafficClass}
_METHODS: Final = {method.value: method.name for method in VisitorMethod}


def _find_counting(row: asyncpg.Record) -> Counting:
    if row["is_counted"]:
        return Counting.UNIQUE if row["is_unique"] else Counting.REPEAT
    return SPECIAL_CLASSES.get(row["traffic_class"]) or Counting(_VERDICTS[row["verdict"]])


def _name_reasons(bits: int) -> str:
    return " ".join(str(reason.name) for reason in list_reasons(bits))


CLICKS: Final = Layout(
    ExportKind.CLICKS,
    "Every click that is kept, one in each row, by when it happened.",
    _COLUMNS,
    _read_rows,
    _count_rows,
    takes=frozenset({"range", "link_ids", "campaign_id", "creator_id", "message_ids", "offer_id", "is_counted_only"}),
)
