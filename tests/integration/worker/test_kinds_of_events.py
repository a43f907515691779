"""Every kind of event goes the same way: stored once, buried alone with its reason, and taken back from there (R3)."""

from collections.abc import Callable
from dataclasses import dataclass

import asyncpg
import pytest

from tests.chaos.site import Site, make_site
from tests.clicking import make_event
from tests.converting import make_report
from tests.integration.worker.conftest import ENTRIES, Scene
from tracking.clicks.event import Confirmation
from tracking.clicks.ids import ClickIdMint
from tracking.clicks.store import LATE_LIMIT_MS
from tracking.clock import now_ms
from tracking.impressions.event import Impression
from tracking.reports.outcomes import Dating
from tracking.snippets.event import Sighting
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM, VERSIONS
from worker.contracts import CONTRACTS, StreamEvent
from worker.dead_letter import list_dead, retry_dead
from worker.poison import forget_who

pytestmark = pytest.mark.feature("R3")

_mint = ClickIdMint()


@dataclass(frozen=True)
class Kind:
    """`make` makes one that is sound, of a site and a link at a time in milliseconds. `count`: how many are known."""

    make: Callable[[Site, int, int], StreamEvent]
    count: str

    async def count_in(self, pool: asyncpg.Pool) -> int:
        count: int = await pool.fetchval(f"SELECT {self.count}")
        return count


def make_confirmation(site: Site, link_id: int, at_ms: int) -> Confirmation:
    return Confirmation(_mint.mint(at_ms), site.account_id, link_id, at_ms)


def make_sighting(site: Site, _link_id: int, at_ms: int) -> Sighting:
    return Sighting(at_ms, site.account_id, f"{at_ms}.example", None)


KINDS: dict[str, Kind] = {
    "click": Kind(
        lambda site, link_id, at_ms: make_event(site.account_id, link_id=link_id, at_ms=at_ms),
        "coalesce(sum(human_clicks), 0) FROM rollup_delta",
    ),
    "confirmation": Kind(make_confirmation, "count(*) FROM click_confirmation"),
    "conversion": Kind(
        lambda site, link_id, at_ms: make_report(site.account_id, link_id=link_id, received_at_ms=at_ms),
        f"coalesce(sum(conversions), 0) FROM outcome_delta WHERE dating = {Dating.CONVERSION_TIME:d}",
    ),
    "impression": Kind(
        lambda site, link_id, at_ms: Impression(_mint.mint(at_ms), site.account_id, link_id),
        f"coalesce(sum(impressions), 0) FROM outcome_delta WHERE dating = {Dating.CONVERSION_TIME:d}",
    ),
    "sighting": Kind(make_sighting, "count(*) FROM snippet_sighting"),
}
of_every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


@pytest.fixture
async def site(scene: Scene) -> Site:
    return await make_site(scene.pool)


@pytest.fixture
async def link_id(scene: Scene, site: Site) -> int:
    found: int = await scene.pool.fetchval("SELECT min(id) FROM link WHERE account_id = $1", site.account_id)
    return found


def test_every_kind_that_a_redirector_writes_is_read() -> None:
    assert {*VERSIONS.values(), b"1"} == CONTRACTS.keys() == {version for version, _ in ENTRIES.values()}


@of_every_kind
async def test_second_delivery_adds_nothing(scene: Scene, site: Site, link_id: int, kind: Kind) -> None:
    now = now_ms()
    events = [kind.make(site, link_id, now - age_ms) for age_ms in range(3)]
    for _ in range(2):
        await scene.publish(*events, *events)
        await scene.make_ingester().drain()

    assert await kind.count_in(scene.pool) == 3
    assert await scene.read_waiting() == (0, 0)


@of_every_kind
async def test_poison_is_buried_alone_and_spoils_no_batch(scene: Scene, site: Site, link_id: int, kind: Kind) -> None:
    now = now_ms()
    good = [kind.make(site, link_id, now - age_ms) for age_ms in range(6)]
    late = kind.make(site, link_id, now - LATE_LIMIT_MS - 60_000)
    version, _ = ENTRIES[type(late)]
    await scene.publish(*good[:2], late, *good[2:4])
    await scene.client.xadd(CLICK_STREAM, {version: b"\xc1"})
    await scene.publish(*good[4:])

    await scene.make_ingester().drain()

    assert await kind.count_in(scene.pool) == 6
    letters = {fields[b"why"]: fields for _, fields in await scene.client.xrange(DEAD_CLICK_STREAM)}
    assert letters.keys() == {b"too_late", b"undecodable"}
    assert {fields[b"version"] for fields in letters.values()} == {version}
    assert CONTRACTS[version].decode(letters[b"too_late"][b"event"]) == CONTRACTS[version].decode(
        CONTRACTS[version].write(forget_who(late))
    )
    assert await scene.read_waiting() == (0, 0)


@of_every_kind
async def test_what_is_retried_is_stored_as_it_was(scene: Scene, site: Site, link_id: int, kind: Kind) -> None:
    """Buried by a worker that did not know better."""
    event = kind.make(site, link_id, now_ms())
    version, _ = ENTRIES[type(event)]
    payload = CONTRACTS[version].write(event)
    await scene.client.xadd(
        DEAD_CLICK_STREAM, {"src": "1-1", "why": "unstorable", "version": version, "event": payload}
    )

    assert await retry_dead(scene.client, "all") == 1
    await scene.make_ingester().drain()

    assert await kind.count_in(scene.pool) == 1
    assert await list_dead(scene.client) == []


async def test_what_no_table_can_hold_is_found_among_good_ones(scene: Scene, site: Site, link_id: int) -> None:
    now = now_ms()
    good = [KINDS[name].make(site, link_id, now - place) for place in range(5) for name in KINDS]
    bad: list[StreamEvent] = [
        Sighting(now, site.account_id, "nul\0.example", None),
        make_report(site.account_id, coupon="nul \0", link_id=link_id),
        make_report(site.account_id, revenue="a lot", link_id=link_id),
    ]
    await scene.publish(*good[:7], bad[0], *good[7:15], bad[1], bad[2], *good[15:])

    await scene.make_ingester().drain()

    assert [await kind.count_in(scene.pool) for kind in KINDS.values()] == [5] * len(KINDS)
    reasons = [letter.reason for letter in await list_dead(scene.client)]
    assert sorted(reasons) == [
        "unstorable: CharacterNotInRepertoireError",
        "unstorable: CharacterNotInRepertoireError",
        "unstorable: InvalidOperation",
    ]
