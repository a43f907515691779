"""A collection of garbage stops every redirect, so that links in memory must be nothing that it looks at."""

import gc

import pytest

from redirector.memory.cache import LinkCache
from redirector.memory.entries import NO_RULES, AccountEntry, LinkEntry, Terms

LINKS = 5_000


def fill(cache: LinkCache) -> None:
    account = AccountEntry(1, "UTC", uses_visitor_cookie=False, creator_parameter="creator", has_tls=True)
    for number in range(LINKS):
        terms = Terms(
            is_readable=True,
            is_archived=False,
            deliverable_id=None,
            message_id=number,
            slot=None,
            contact_id=number,
            offer_id=None,
            sharer_id=None,
            rules=NO_RULES,
        )
        head = f"https://shop.example/{number}?".encode()
        cache.put("go.brand.example", f"slug{number}", LinkEntry(number, account, head, b"ct=", b"", None, 1, terms))


def count_looked_at() -> int:
    gc.collect()
    return len(gc.get_objects())


@pytest.mark.feature("R1")
def test_links_in_memory_are_not_looked_at() -> None:
    before = count_looked_at()
    cache = LinkCache(LINKS)
    fill(cache)

    assert len(cache) == LINKS
    assert count_looked_at() - before < LINKS / 10


def test_objects_that_would_be_looked_at_are_counted() -> None:
    before = count_looked_at()
    kept = [[number] for number in range(LINKS)]

    assert count_looked_at() - before >= len(kept)
