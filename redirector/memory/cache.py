"""Links in memory, by host and slug. Bounded; nothing in it gets old by itself, the change feed drops what changed."""

from collections.abc import Callable
from typing import Final

from redirector.memory.entries import LinkEntry
from tracking.links.rules import normalise_host

HostLinks = dict[str, LinkEntry]

_MAX_SPELLINGS: Final = 4_096


class LinkCache:
    """`spellings` maps Host headers as they came to the links of that host: one look-up on the hot path."""

    def __init__(self, max_links: int) -> None:
        self._max_links = max_links
        self._links: dict[str, HostLinks] = {}
        self._count = 0
        self.spellings: dict[bytes, HostLinks] = {}

    def __len__(self) -> int:
        return self._count

    def get(self, host: str, slug: str) -> LinkEntry | None:
        """By the slug to the letter, or by a readable one in any case."""
        links = self._links.get(host)
        if not links:
            return None
        entry = links.get(slug)
        if entry is None and (readable := links.get(slug.lower())) is not None and readable.terms.is_readable:
            return readable
        return entry

    def put(self, host: str, slug: str, entry: LinkEntry) -> None:
        """`slug` as it is stored. The oldest entry of the same host goes when there is no room."""
        links = self._links.setdefault(host, {})
        if slug not in links:
            if self._count >= self._max_links:
                self._evict(links)
            self._count += 1
        links[slug] = entry

    def drop(self, host: str, slug: str) -> None:
        if self._links.get(host, {}).pop(slug, None) is not None:
            self._count -= 1

    def drop_where(self, is_dropped: Callable[[LinkEntry], bool]) -> None:
        for links in self._links.values():
            for slug in [slug for slug, entry in links.items() if is_dropped(entry)]:
                del links[slug]
                self._count -= 1

    def clear(self) -> None:
        for links in self._links.values():
            links.clear()
        self._count = 0

    def note_spelling(self, raw: bytes) -> str | None:
        """The host that a Host header means, remembered for the next request. None when it means none."""
        host = normalise_host(raw.decode("latin-1"))
        if host is not None and host in self._links:
            if len(self.spellings) >= _MAX_SPELLINGS:
                self.spellings.clear()
            self.spellings[raw] = self._links[host]
        return host

    def _evict(self, links: HostLinks) -> None:
        crowded = links or max(self._links.values(), key=len)
        del crowded[next(iter(crowded))]
        self._count -= 1
