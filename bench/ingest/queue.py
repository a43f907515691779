"""Clicks waiting in the stream: written once beside it, then put in its place at one stroke, as often as needed."""

import redis

from tracking.clicks.event import VERSION, ClickEvent, encode_click
from tracking.streams import CLICK_GROUP, CLICK_STREAM

PREPARED_STREAM = "bench:prepared"
STAGED_STREAM = "bench:staged"
_CHUNK = 2_000


def prepare_queue(client: redis.Redis, clicks: list[ClickEvent]) -> None:
    """Write the clicks, as the redirector does, to a stream that nobody reads."""
    client.delete(PREPARED_STREAM)
    client.xgroup_create(PREPARED_STREAM, CLICK_GROUP, id="0", mkstream=True)
    for start in range(0, len(clicks), _CHUNK):
        pipeline = client.pipeline(transaction=False)
        for click in clicks[start : start + _CHUNK]:
            pipeline.xadd(PREPARED_STREAM, {VERSION: encode_click(click)})
        pipeline.execute()


def stage_prepared(client: redis.Redis) -> None:
    """To copy a hundred thousand clicks keeps Valkey busy for a while, which is no part of ingestion."""
    client.copy(PREPARED_STREAM, STAGED_STREAM, replace=True)


def queue_staged(client: redis.Redis) -> None:
    """The worker, idle until now, finds all of them waiting."""
    client.rename(STAGED_STREAM, CLICK_STREAM)


def queue_prepared(client: redis.Redis) -> None:
    stage_prepared(client)
    queue_staged(client)
