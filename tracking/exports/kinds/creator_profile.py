"""Creator profile (LO11): what a creator's links brought in all campaigns and outside of any, of all time."""

from collections.abc import AsyncIterator
from typing import Any, Final

import asyncpg

from tracking.exports.kinds.figures import CLICK_COLUMNS, tell_clicks, write_counts
from tracking.exports.kinds.outcomes import OUTCOME_COLUMNS, tell_outcomes, write_outcomes
from tracking.exports.layouts import Asked, Cell, Column, Layout
from tracking.exports.models import ExportKind
from tracking.exports.parameters import read_parameters
from tracking.exports.snapshots import stream_rows
from tracking.graph_ids import write_known_id
from tracking.reports.queries import find_bounds
from tracking.reports.ranges import EVERYTHING
from tracking.reports.scopes import Scope

_NEWEST: Final = "SELECT followers FROM follower_count WHERE profile_id = profile.id ORDER BY counted_on DESC LIMIT 1"
_CREATORS: Final = f"""
    SELECT creator.id, creator.handle, creator.name, creator.external_id, profiles.told AS profiles,
        (SELECT count(*) FROM campaign_creator WHERE creator_id = creator.id) AS campaigns,
        (SELECT count(*) FROM link WHERE creator_id = creator.id AND deleted_at IS NULL AND archived_at IS NULL)
            AS links_in_use,
        (SELECT count(*) FROM link WHERE creator_id = creator.id AND deleted_at IS NULL AND archived_at IS NOT NULL)
            AS archived_links,
        account.currency, account.conversions_since IS NOT NULL AS is_known, counts.*, outcomes.*
    FROM creator JOIN account ON account.id = creator.account_id
    CROSS JOIN LATERAL (
        SELECT string_agg(concat_ws(' ', profile.platform, profile.handle, ({_NEWEST})), '; ' ORDER BY profile.id)
            AS told
        FROM creator_profile AS profile WHERE profile.creator_id = creator.id
    ) AS profiles
    {write_counts(Scope.CREATOR, "creator.id")}
    {write_outcomes(Scope.CREATOR, "creator.id", "0", "account.currency")}
    WHERE creator.account_id = $1 AND ($5::bigint IS NULL OR creator.id = $5)
    ORDER BY creator.id
"""
_NAMES: Final = ("handle", "name", "external_id", "profiles", "campaigns", "links_in_use", "archived_links")


async def _read_rows(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    bound = (asked.account_id, EVERYTHING.grain, *find_bounds(EVERYTHING))
    async for row in stream_rows(pool, _CREATORS, *bound, read_parameters(asked.parameters).creator_id):
        who: list[Any] = [row[name] for name in _NAMES]
        yield (
            write_known_id("Creator", row["id"]),
            *who,
            *tell_clicks(row),
            *tell_outcomes(row, is_known=row["is_known"]),
        )


async def _estimate_rows(pool: asyncpg.Pool, asked: Asked) -> int | None:
    if read_parameters(asked.parameters).creator_id is not None:
        return 1
    count: int = await pool.fetchval("SELECT count(*) FROM creator WHERE account_id = $1", asked.account_id)
    return count


CREATOR_PROFILE: Final = Layout(
    ExportKind.CREATOR_PROFILE,
    "A creator, or all of them, with the clicks of their whole life: every campaign, archived links too.",
    (
        Column("creator_id", str, "The creator's id in the graph."),
        Column("handle", str, "The creator's handle."),
        Column("name", str, "The creator's name."),
        Column("external_id", str, "Your own id of the creator."),
        Column("profiles", str, "Platform, handle and newest number of followers of each."),
        Column("campaigns", int, "In how many campaigns the creator is."),
        Column("links_in_use", int, "How many links work now."),
        Column("archived_links", int, "How many do not any more; their clicks stay in this row."),
        *CLICK_COLUMNS,
        *OUTCOME_COLUMNS,
    ),
    _read_rows,
    _estimate_rows,
    takes=frozenset({"creator_id"}),
)
