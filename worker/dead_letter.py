"""Events that could not be stored: list them, put them back into the stream, or forget them. For `creatrail dead`."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, Literal

import msgspec
import redis.asyncio

from tracking.clicks.event import VERSION, decode_click, encode_click
from tracking.conversions.event import decode_conversion, encode_conversion
from tracking.erasure.stand_ins import StandIns
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM, VERSIONS, Mark

All = Literal["all"]
_PAGE: Final = 500


class DeadEvent(msgspec.Struct, frozen=True):
    dead_id: str
    source_id: str
    reason: str
    version: bytes
    payload: bytes


async def list_dead(client: redis.asyncio.Redis, limit: int = 100) -> list[DeadEvent]:
    """The oldest first."""
    entries: Any = await client.xrange(DEAD_CLICK_STREAM, count=limit)
    return [_read(dead_id, fields) for dead_id, fields in entries]


async def retry_dead(client: redis.asyncio.Redis, ids: Sequence[str] | All) -> int:
    """Put events back into the stream as they were, but for a visitor's address. Returns how many.

    Each moves at one stroke. One that is still bad comes back to the dead letter; one that was stored adds nothing.
    """
    moved = 0
    async for dead in _choose(client, ids):
        pipeline = client.pipeline(transaction=True)
        pipeline.xdel(DEAD_CLICK_STREAM, dead.dead_id)
        pipeline.xadd(CLICK_STREAM, {dead.version: dead.payload})
        await pipeline.execute()
        moved += 1
    return moved


async def drop_dead(client: redis.asyncio.Redis, ids: Sequence[str] | All) -> int:
    """Forget events for good. Returns how many."""
    dropped = 0
    async for dead in _choose(client, ids):
        dropped += int(await client.xdel(DEAD_CLICK_STREAM, dead.dead_id))
    return dropped


async def erase_dead(client: redis.asyncio.Redis, stand_ins: StandIns) -> int:
    """Blank who clicked or reported, where it was somebody who is erased; the event stays. Returns how many."""
    erased = 0
    async for dead in _choose(client, "all"):
        blank = _blank(dead, stand_ins)
        if blank is not None:
            kept: dict[Any, Any] = {"src": dead.source_id, "why": dead.reason, "version": dead.version}
            pipeline = client.pipeline(transaction=True)
            pipeline.xdel(DEAD_CLICK_STREAM, dead.dead_id)
            pipeline.xadd(DEAD_CLICK_STREAM, {**kept, "event": blank})
            await pipeline.execute()
            erased += 1
    return erased


def _blank(dead: DeadEvent, stand_ins: StandIns) -> bytes | None:
    """None for what is no event of theirs, or what nobody can read."""
    try:
        if dead.version == VERSION:
            click = stand_ins.blank_click(decode_click(dead.payload))
            return None if click is None else encode_click(click)
        if dead.version == VERSIONS[Mark.CONVERSION]:
            report = stand_ins.blank_report(decode_conversion(dead.payload))
            return None if report is None else encode_conversion(report)
    except msgspec.MsgspecError:
        return None
    return None


async def _choose(client: redis.asyncio.Redis, ids: Sequence[str] | All) -> AsyncIterator[DeadEvent]:
    """Those ids, or all that lay there at the start: one that comes back meanwhile is left for the next time."""
    if ids != "all":
        for dead_id in ids:
            entries: Any = await client.xrange(DEAD_CLICK_STREAM, min=dead_id, max=dead_id)
            for found_id, fields in entries:
                yield _read(found_id, fields)
        return
    last: Any = await client.xrevrange(DEAD_CLICK_STREAM, count=1)
    start = "-"
    while last:
        entries = await client.xrange(DEAD_CLICK_STREAM, min=start, max=last[0][0], count=_PAGE)
        if not entries:
            return
        for found_id, fields in entries:
            yield _read(found_id, fields)
        start = f"({entries[-1][0].decode()}"


def _read(dead_id: bytes, fields: dict[bytes, bytes]) -> DeadEvent:
    return DeadEvent(
        dead_id=dead_id.decode(),
        source_id=fields[b"src"].decode(),
        reason=fields[b"why"].decode(),
        version=fields[b"version"],
        payload=fields[b"event"],
    )
