"""What of PostgreSQL's settings, connections and clock endangers clicks; each in a sentence for the operator."""

from typing import Final

import asyncpg

from creatrail.clocks import describe_skew
from tracking.clock import utc_now

_CROWDED: Final = 0.8

# A worker takes clicks off the stream once they are committed, so a commit has to be one.
_MUST_BE_ON: Final = {
    "fsync": "a crash of its machine destroys what is stored",
    "full_page_writes": "a crash of its machine destroys what is stored",
    "synchronous_commit": "a crash loses clicks that are gone from the stream by then",
}
_LOOK: Final = """
    SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit,
        current_setting('max_connections')::int AS most, current_setting('server_encoding') AS encoding,
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connected,
        extract(epoch FROM clock_timestamp())::float8 AS now_s
"""


async def find_risks(pool: asyncpg.Pool) -> list[str]:
    before_s = utc_now().timestamp()
    found = await pool.fetchrow(_LOOK)
    risks = [f"runs with `{name} off`: {what}" for name, what in _MUST_BE_ON.items() if found[name] == "off"]
    if found["connected"] > _CROWDED * found["most"]:
        risks.append(
            f"{found['connected']} of {found['most']} connections are open: raise `max_connections`,"
            " or lower DATABASE_POOL_SIZE"
        )
    if found["encoding"] != "UTF8":
        risks.append(f"the database is in {found['encoding']}: make one in UTF8")
    skew = describe_skew(before_s, found["now_s"], utc_now().timestamp())
    return risks if skew is None else [*risks, skew]
