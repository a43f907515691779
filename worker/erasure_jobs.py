"""The jobs that forget people who were erased, in the database and in what lies in Redis."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from tracking.click_shards import ClickShards
from tracking.clock import utc_now
from tracking.erasure.running import list_open_erasures, list_stand_ins, run_erasure
from tracking.streams import CLICK_STREAM
from worker.dead_letter import erase_dead
from worker.taking import take_alone


async def run_requested_erasure(ctx: dict[str, Any], erasure_id: int) -> None:
    await _run(ctx, [erasure_id])


async def resume_erasures(ctx: dict[str, Any]) -> None:
    """Go on with those that are not done, and look whether clicks of erased people came late."""
    open_ids = await list_open_erasures(ctx["stores"].pool)
    if open_ids:
        await _run(ctx, open_ids)


async def _run(ctx: dict[str, Any], erasure_ids: Sequence[int]) -> None:
    """One pass of each, unless another worker is at it."""
    pool, _, shards = ctx["stores"]
    stand_ins = await list_stand_ins(pool)
    for shard in shards:
        await erase_dead(shard, stand_ins)
    for erasure_id in erasure_ids:
        async with take_alone(pool, "run erasure", erasure_id) as is_free:
            if is_free:
                now = utc_now()
                await run_erasure(pool, erasure_id, stored_until=await _find_stored_until(shards, now), now=now)


async def _find_stored_until(shards: ClickShards, now: dt.datetime) -> dt.datetime:
    """What came into the stream before is stored: an entry is deleted once it is."""
    until = now
    for shard in shards:
        entries: Any = await shard.xrange(CLICK_STREAM, count=1)
        if entries:
            at_ms = int(entries[0][0].partition(b"-")[0])
            until = min(until, dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC))
    return until
