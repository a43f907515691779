"""What makes clicks durable, without a redirector around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redirector.counters import Counters
from redirector.recording.recorder import Recorder
from tracking.settings import Settings


@asynccontextmanager
async def open_recorder(settings: Settings, counters: Counters) -> AsyncIterator[Recorder]:
    recorder = Recorder(settings, counters)
    await recorder.start()
    try:
        yield recorder
    finally:
        await recorder.close()
