"""The behaviour pass: follows the event log, looks around every new click, and lets what it learns judge clicks anew.

One pass runs at a time. A position is left behind only when all that its events are evidence of is stored, and a pass
that is repeated finds the same: so nothing is skipped, however often it dies.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from tracking.bots.behaviour.on_links import look_on_links
from tracking.bots.behaviour.queries import (
    News,
    Part,
    advance_position,
    count_links,
    cut_parts,
    find_deliveries,
    find_honeypots,
    read_clicks,
    read_clicks_of,
    read_in_networks,
    read_news,
    read_on_messages,
    read_position,
)
from tracking.bots.behaviour.rules import (
    OF_MESSAGES,
    OF_NETWORKS,
    OF_NEWS,
    MessageContact,
    Surroundings,
    find_evidence,
)
from tracking.bots.behaviour.seen import SeenClick
from tracking.bots.policies.queries import Policies, read_policies
from tracking.bots.policies.rules import Policy
from tracking.clicks.ids import read_click_time
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.faults import maybe_crash

PASS_LOCK: Final = 7_261_005
EVENTS_A_PASS: Final = 4_000
# What is around them is read with them, so more clicks cost less each. Their number is what bounds a pass.
CLICKS_A_PASS: Final = 20_000
CLICKS_A_TRANSACTION: Final = 1_000


async def try_to_become_watcher(connection: asyncpg.Connection) -> bool:
    """True on the connection whose passes count from now on, until it closes."""
    is_watcher: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", PASS_LOCK)
    return is_watcher


async def pass_once(pool: asyncpg.Pool, connection: asyncpg.Connection) -> int:
    """Take the next events, on the watcher's connection. Answers with how many there were by position; 0: none."""
    before = await read_position(connection)
    news = await read_news(connection, before, EVENTS_A_PASS, CLICKS_A_PASS)
    if news is None:
        return 0
    clicks = await _find_clicks(connection, news)
    for account_id, learned in (await look_around(connection, clicks)).items():
        changes = list(learned.items())
        for start in range(0, len(changes), CLICKS_A_TRANSACTION):
            some = dict(changes[start : start + CLICKS_A_TRANSACTION])
            await relabel_clicks(pool, account_id, some, Cause.BEHAVIOUR)
            maybe_crash("between_behaviour_changes")
    maybe_crash("before_behaviour_position")
    await advance_position(connection, news.position)
    return news.position - before


async def pass_all(pool: asyncpg.Pool) -> None:
    """Until the log has no more; for seeds, benches and tests. The watcher that runs beside it keeps its place."""
    async with pool.acquire() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", PASS_LOCK)
        try:
            while await pass_once(pool, connection):
                pass
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", PASS_LOCK)


async def look_around(connection: asyncpg.Connection, clicks: Sequence[SeenClick]) -> dict[int, dict[UUID, Learned]]:
    """By account: the clicks, these or others around them, of which more or less is known now than is stored."""
    if not clicks:
        return {}
    policies = await read_policies(
        connection, {click.account_id for click in clicks}, {click.link_id for click in clicks}
    )

    def find_policy(click: SeenClick) -> Policy:
        return find_policy_of(policies, click)

    around, asked = await _read_surroundings(connection, clicks)
    found = find_evidence(around, find_policy)
    learned: dict[int, dict[UUID, Learned]] = {}
    for click in {each.click_id: each for each in _list_all(around)}.values():
        bits = asked.get(click.click_id, 0)
        stored, known = click.evidence & bits, found.get(click.click_id, 0) & bits
        _add(learned, click, int(known & ~stored), int(stored & ~known))
    parts = cut_parts((_name_link(click), click.at_ms) for click in clicks)
    for finding in await look_on_links(connection, parts, _find_fewest_clicks(map(find_policy, clicks)), find_policy):
        _add(learned, *finding)
    return learned


def _add(learned: dict[int, dict[UUID, Learned]], click: SeenClick, found: int, gone: int) -> None:
    if found or gone:
        of_account = learned.setdefault(click.account_id, {})
        before = of_account.get(click.click_id, Learned())
        of_account[click.click_id] = Learned(before.evidence | found, before.evidence_gone | gone)


def find_policy_of(policies: Policies, click: SeenClick) -> Policy:
    return policies.find(click.account_id, click.campaign_id, click.link_id, read_click_time(click.click_id))


async def _find_clicks(connection: asyncpg.Connection, news: News) -> list[SeenClick]:
    clicks = await read_clicks(connection, news.click_ids)
    known = set(news.click_ids)
    others = await read_clicks_of(connection, news.recipients, CLICKS_A_PASS)
    return clicks + [click for click in others if click.click_id not in known]


async def _read_surroundings(
    connection: asyncpg.Connection, clicks: Sequence[SeenClick]
) -> tuple[Surroundings, dict[UUID, int]]:
    """What is around, and which bits are asked about each click of it."""
    bound = [click for click in clicks if click.message_id is not None and click.contact_id is not None]
    on_messages = cut_parts((_name_recipient(click), click.at_ms) for click in bound)
    in_networks = cut_parts((_name_network(click), click.at_ms) for click in bound if click.network is not None)
    recipients = list({_name_recipient(click) for click in bound})
    around = Surroundings(
        news=list(clicks),
        on_messages=await read_on_messages(connection, on_messages),
        in_networks=await read_in_networks(connection, in_networks),
        honeypots=set(),
        link_counts=await count_links(connection, recipients),
        deliveries=await find_deliveries(connection, recipients),
    )
    links = {click.link_id for click in (*around.news, *around.in_networks)}
    around = around._replace(honeypots=await find_honeypots(connection, links))
    asked: dict[UUID, int] = {}
    _ask(asked, around.news, OF_NEWS)
    _ask(asked, _keep_within(around.on_messages, on_messages, _name_recipient), OF_MESSAGES)
    _ask(asked, _keep_within(around.in_networks, in_networks, _name_network), OF_NETWORKS)
    return around, asked


def _name_link(click: SeenClick) -> tuple[int]:
    return (click.link_id,)


def _name_recipient(click: SeenClick) -> MessageContact:
    return click.message_id, click.contact_id


def _name_network(click: SeenClick) -> tuple[int, bytes | None]:
    return click.account_id, click.network


def _find_fewest_clicks(policies: Iterable[Policy]) -> int:
    """With which a detector of clicks on one link can speak at all."""
    return min(min(policy.velocity_bot_clicks, policy.velocity_suspect_clicks) for policy in set(policies))


def _ask(asked: dict[UUID, int], clicks: Iterable[SeenClick], bits: int) -> None:
    for click in clicks:
        asked[click.click_id] = asked.get(click.click_id, 0) | bits


def _keep_within(
    clicks: Iterable[SeenClick], parts: Iterable[Part], key: Callable[[SeenClick], tuple[Any, ...]]
) -> Iterable[SeenClick]:
    """Those that new clicks can matter to; the others were read for what they say of these."""
    stretches: dict[tuple[Any, ...], list[Part]] = {}
    for part in parts:
        stretches.setdefault(part.key, []).append(part)
    for click in clicks:
        if any(part.first_ms <= click.at_ms <= part.last_ms for part in stretches[key(click)]):
            yield click


def _list_all(around: Surroundings) -> Iterable[SeenClick]:
    return (*around.news, *around.on_messages, *around.in_networks)
