"""A worker with a mistake that the oracle must see: it acknowledges clicks before they are stored."""

from tracking.settings import load_settings
from worker.click_stream import StreamEntry
from worker.ingest import Ingester
from worker.main import run

_handle = Ingester._handle


async def acknowledge_and_handle(self: Ingester, entries: list[StreamEntry]) -> None:
    if entries:
        await self._stream.finish([entry.entry_id for entry in entries], [])
    await _handle(self, entries)


if __name__ == "__main__":
    Ingester._handle = acknowledge_and_handle  # type: ignore[method-assign] # the mistake
    run("ingest", load_settings())
