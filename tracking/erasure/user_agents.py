"""The dictionary of user agents: one that nobody used but who was erased is forgotten too.

In two steps, as processes remember numbers of user agents: first nobody finds it any more, so that whoever comes with
it gets a new row; hours later, when nobody remembers it either, it goes.
"""

import datetime as dt
from typing import Final

import asyncpg

from tracking.erasure.progress import TIMEOUT_S
from tracking.faults import maybe_crash

# Processes look user agents up anew every hour (tracking/clicks/user_agents.py).
REMEMBERED: Final = dt.timedelta(hours=2)

_UNUSED: Final = "NOT EXISTS (SELECT FROM click WHERE click.user_agent_id = user_agent.id)"
_HIDE: Final = f"""
    UPDATE user_agent SET digest = decode(replace(gen_random_uuid()::text, '-', ''), 'hex')
    WHERE id = ANY (SELECT unnest(user_agent_ids) FROM erasure WHERE erasure.id = $1) AND {_UNUSED}
"""
_BLANK: Final = f"""
    UPDATE user_agent SET user_agent = ''
    WHERE id = ANY (SELECT unnest(user_agent_ids) FROM erasure WHERE erasure.id = $1) AND {_UNUSED}
"""
_FORGET: Final = "UPDATE erasure SET user_agent_ids = '{}' WHERE id = $1"


async def hide_user_agents(pool: asyncpg.Pool, erasure_id: int) -> None:
    await pool.execute(_HIDE, erasure_id, timeout=TIMEOUT_S)


async def forget_user_agents(pool: asyncpg.Pool, erasure_id: int) -> None:
    """Browser, system and device stay: reports count by them."""
    await pool.execute(_BLANK, erasure_id, timeout=TIMEOUT_S)
    maybe_crash("after_blanked_user_agents")
    await pool.execute(_FORGET, erasure_id)
