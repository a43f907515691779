"""Clicks by action and by user (IM17 to IM19): an action is a message, a user whoever is credited with its clicks."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Final

import asyncpg

from tracking.exports.kinds.figures import TOTAL_CLICKS, bind_range, write_counts
from tracking.exports.layouts import Asked, Cell, Column, Layout
from tracking.exports.models import ExportKind
from tracking.exports.parameters import read_parameters
from tracking.exports.snapshots import stream_rows
from tracking.graph_ids import write_known_id
from tracking.reports.scopes import Scope

_ACTIONS: Final = f"""
    SELECT message.id, message.name, message.channel, message.created_at, {TOTAL_CLICKS} AS clicks, unique_clicks
    FROM message {write_counts(Scope.MESSAGE, "message.id")}
    WHERE message.account_id = $1 AND ($5::bigint[] IS NULL OR message.id = ANY ($5))
    ORDER BY message.id
"""
_USERS: Final = f"""
    SELECT person.id, person.name, person.external_id, {TOTAL_CLICKS} AS clicks, unique_clicks
    FROM user_of_account AS person {write_counts(Scope.SHARER, "person.id")}
    WHERE person.account_id = $1
    ORDER BY person.id
"""
_USERS_BY_ACTION: Final = f"""
    WITH counts AS (
        SELECT first_key AS message_id, second_key AS user_id, sum({TOTAL_CLICKS})::bigint AS clicks,
            sum(unique_clicks)::bigint AS unique_clicks
        FROM rollup
        WHERE account_id = $1 AND scope = {Scope.MESSAGE_SHARER} AND grain = $2 AND bucket >= $3 AND bucket < $4
            AND second_key <> 0 AND ($5::bigint[] IS NULL OR first_key = ANY ($5))
        GROUP BY first_key, second_key
    )
    SELECT person.id, person.name, person.external_id, message.id AS message_id, message.name AS message_name,
        message.channel, clicks, unique_clicks
    FROM counts
    JOIN user_of_account AS person ON person.id = counts.user_id
    JOIN message ON message.id = counts.message_id
    ORDER BY person.id, message.id
"""
_ACTION: Final = (
    Column("action_id", str, "The message's id in the graph."),
    Column("action", str, "The message's name."),
    Column("action_type", str, "Its channel."),
)
_USER: Final = (
    Column("user_id", str, "The user's id in the graph."),
    Column("user", str, "The user's name."),
    Column("user_external_id", str, "Your own id of the user."),
)
_UNIQUE: Final = Column("unique_clicks", int, "Those that count, once per contact and message.")


async def _read_actions(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    async for row in stream_rows(pool, _ACTIONS, *await bind_range(pool, asked), _read_messages(asked)):
        action = (write_known_id("Message", row["id"]), row["name"], row["channel"])
        yield *action, row["created_at"], row["clicks"], row["unique_clicks"]


async def _read_users(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    async for row in stream_rows(pool, _USERS, *await bind_range(pool, asked)):
        yield write_known_id("User", row["id"]), row["name"], row["external_id"], row["clicks"], row["unique_clicks"]


async def _read_users_by_action(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    async for row in stream_rows(pool, _USERS_BY_ACTION, *await bind_range(pool, asked), _read_messages(asked)):
        user = (write_known_id("User", row["id"]), row["name"], row["external_id"])
        action = (write_known_id("Message", row["message_id"]), row["message_name"], row["channel"])
        yield *user, *action, row["clicks"], row["unique_clicks"]


def _read_messages(asked: Asked) -> list[int] | None:
    return read_parameters(asked.parameters).message_ids


async def _count_messages(pool: asyncpg.Pool, asked: Asked) -> int | None:
    count: int = await pool.fetchval("SELECT count(*) FROM message WHERE account_id = $1", asked.account_id)
    return count


async def _count_users(pool: asyncpg.Pool, asked: Asked) -> int | None:
    count: int = await pool.fetchval("SELECT count(*) FROM user_of_account WHERE account_id = $1", asked.account_id)
    return count


async def _guess_pairs(pool: asyncpg.Pool, asked: Asked) -> int | None:  # noqa: ARG001 -- as layouts have it
    return None


ACTIONS_ALL_TYPES: Final = Layout(
    ExportKind.ACTIONS_ALL_TYPES,
    "Every message with its clicks in a range.",
    (
        *_ACTION,
        Column("created_at", dt.datetime, "When it was made."),
        Column("clicks", int, "Every request of its links, whoever made it."),
        _UNIQUE,
    ),
    _read_actions,
    _count_messages,
    takes=frozenset({"range", "message_ids"}),
)
USER_ACTIVITY_ALL: Final = Layout(
    ExportKind.USER_ACTIVITY_ALL,
    "Every user with the clicks in a range that are credited to them.",
    (*_USER, Column("user_activities_clicks", int, "Every request of links that they shared or sent."), _UNIQUE),
    _read_users,
    _count_users,
    takes=frozenset({"range"}),
)
USER_ACTIVITY_BY_TYPE: Final = Layout(
    ExportKind.USER_ACTIVITY_BY_TYPE,
    "Every user and message that brought clicks in a range, with how many.",
    (
        *_USER,
        *_ACTION,
        Column("clicks", int, "Every request of its links that is credited to them."),
        _UNIQUE,
    ),
    _read_users_by_action,
    _guess_pairs,
    takes=frozenset({"range", "message_ids"}),
)
