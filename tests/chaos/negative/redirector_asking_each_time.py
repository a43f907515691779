"""A redirector with a mistake that tests must see: whoever asks for a link that is not in memory has it looked up."""

from redirector.main import run
from redirector.memory.entries import LinkEntry
from redirector.memory.resolver import Resolver
from tracking.settings import load_settings


async def find(self: Resolver, host: str, slug: str) -> LinkEntry | None:
    entry = self._cache.get(host, slug)
    if entry is not None or self._unknown.holds(host, slug):
        return entry
    return (await self._read([(host, slug)])).get((host, slug))


if __name__ == "__main__":
    Resolver.find = find  # type: ignore[method-assign] # the mistake
    run(load_settings())
