"""Does an erasure of a visitor: pass after pass until nothing is found.

Whoever stores clicks and reports reads the list of forgotten visitors first, and stores what comes late as nobody's
already. What was read before that list was written is in the stream until it is stored: hence the same end as that of a
contact's, and one more pass before the list forgets.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import asyncpg

from tracking.erasure.files import drop_exports, is_any_at_it
from tracking.erasure.progress import complete, count_rows
from tracking.erasure.rules import SETTLING
from tracking.erasure.user_agents import REMEMBERED, forget_user_agents, hide_user_agents
from tracking.erasure.visitor_clicks import blank_visitor
from tracking.erasure.visitors import Forgotten, end_forgetting, read_visitors_of
from tracking.exports.models import ExportKind
from tracking.faults import maybe_crash


async def run_visitor_erasure(
    pool: asyncpg.Pool, erasure: Mapping[str, Any], *, stored_until: dt.datetime, now: dt.datetime
) -> None:
    """One pass, or one more. One at a time. As `run_erasure`."""
    visitors = await read_visitors_of(pool, erasure["id"])
    if not visitors:
        return
    began_until = erasure["requested_at"] + SETTLING
    if erasure["status"] == "RUNNING":
        changed = await _pass_over(pool, erasure, visitors, began_until)
        if (
            changed == 0
            and stored_until > began_until
            and not await is_any_at_it(pool, erasure["account_id"], began_until)
        ):
            await hide_user_agents(pool, erasure["id"])
            maybe_crash("after_hidden_user_agents")
            await complete(pool, erasure["id"], now)
    elif erasure["user_agent_ids"] and now > erasure["completed_at"] + REMEMBERED:
        await forget_user_agents(pool, erasure["id"])
    elif now > erasure["watched_until"] and await _pass_over(pool, erasure, visitors, began_until) == 0:
        await end_forgetting(pool, erasure["id"])


async def _pass_over(
    pool: asyncpg.Pool, erasure: Mapping[str, Any], visitors: Forgotten, began_until: dt.datetime
) -> int:
    """How many rows, in all places. Bodies of webhooks hold nothing that is a visitor's."""
    changed = await blank_visitor(pool, erasure, visitors)
    async with pool.acquire() as connection, connection.transaction():
        kinds = [ExportKind.CLICKS.value]  # of which browser and device a click was, and where from
        files = await drop_exports(connection, erasure["account_id"], began_until, kinds)
        await count_rows(connection, erasure["id"], "files of exports", files)
        maybe_crash("before_emptied_files_commit")
    return changed + files
