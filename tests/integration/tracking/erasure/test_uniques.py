"""A unique of who is erased goes to nobody, also when somebody takes that place at the same moment."""

from uuid import UUID

import asyncpg
import pytest

from tests.audience import make_link, make_link_site
from tests.clicking import read_totals, store
from tests.erasing_visitors import WHO, make_visit
from tracking.clock import now_ms, utc_now
from tracking.erasure import uniques
from tracking.erasure.rules import NOBODY_BEGINS
from tracking.erasure.running import run_erasure
from tracking.erasure.visitor_service import erase_visitor
from tracking.reports.audit import audit

pytestmark = pytest.mark.feature("R6", "R12")


@pytest.mark.usefixtures("orm")
@pytest.mark.parametrize("late_by_ms", [-5, 5])
async def test_who_is_stored_as_nobody_after_uniques_were_read_is_seen_all_the_same(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, late_by_ms: int
) -> None:
    site = await make_link_site(pool)
    link_id, at_ms = await make_link(pool, site, "one"), now_ms() - 60_000
    known = make_visit(site, link_id, at_ms=at_ms)
    late = make_visit(site, link_id, at_ms=at_ms + late_by_ms, visitor_day=known.visitor_day)
    await store(pool, known)
    erasure = await erase_visitor(site.account_id, WHO)
    await store(pool, late)
    before = await read_totals(pool, site.account_id)
    seen_before = uniques._HELD.replace("ORDER BY", "WHERE substr(visitor_key, 1, 8) <> $5 ORDER BY")
    monkeypatch.setattr(uniques, "_HELD", seen_before.replace("$5", f"'\\x{NOBODY_BEGINS.hex()}'::bytea"))

    await run_erasure(pool, erasure.id, stored_until=utc_now(), now=utc_now())

    after = await read_totals(pool, site.account_id)
    assert (before["unique_clicks"], after) == (2, {**before, "unique_clicks": 1, "unique_by_cookie": 1})
    held = await pool.fetchval("SELECT array_agg(click_id) FROM unique_click")
    assert held == [UUID(bytes=min(known.click_id, late.click_id))]
    assert (await audit(pool)).differences == []
