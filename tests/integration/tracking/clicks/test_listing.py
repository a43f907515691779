"""Clicks by when they were stored or last changed: every page of every direction, and stretches that grow."""

import datetime as dt
from operator import attrgetter
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tracking.clicks.filters import ClickFilter, is_wanted
from tracking.clicks.listing import FIRST_STRETCH, GROWTH, ClickPage, cut_stretches, list_clicks
from tracking.clicks.queries import StoredClick, find_clicks
from tracking.paging import Window

pytestmark = pytest.mark.feature("R13")

ALL = ClickFilter()
BEGIN = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
# In ms since then: batches of one moment, some close together, some months apart, and not in the order of their ids.
MOMENTS_MS = (9_000_000_000, 0, 0, 0, 1, 1, 999, 1_000, 64_000, 64_000, 64_000, 3_600_000, 8_000_000_000)


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    account_id = await make_account(pool)
    await pool.execute("UPDATE account SET created_at = $1", BEGIN)
    other_id = await make_account(pool, slug="globex")
    events = [make_event(each, visitor=number) for each in (account_id, other_id) for number in range(len(MOMENTS_MS))]
    await store(pool, *events)
    for event, ms in zip(events, MOMENTS_MS * 2, strict=True):
        at = BEGIN + dt.timedelta(milliseconds=ms)
        changed_at = at + dt.timedelta(days=1) if ms % 2 == 0 else None
        await pool.execute(
            "UPDATE click SET recorded_at = $2, changed_at = $3 WHERE id = $1",
            UUID(bytes=event.click_id),
            at,
            changed_at,
        )
    return account_id


async def read_all(pool: asyncpg.Pool, account_id: int) -> list[StoredClick]:
    ids = [row["id"] for row in await pool.fetch("SELECT id FROM click WHERE account_id = $1", account_id)]
    return list((await find_clicks(pool, account_id, ids)).values())


async def turn_pages(pool: asyncpg.Pool, account_id: int, page: ClickPage) -> list[UUID]:
    """All of them, in the direction of the page, each page by the key of the last row before it."""
    found: list[StoredClick] = []
    key = attrgetter(page.sort_by.lower())
    while rows := await list_clicks(pool, account_id, page):
        assert len(rows) <= page.window.limit
        found += rows
        page = page._replace(window=page.window._replace(bound=(key(rows[-1]), rows[-1].id)))
    return [row.id for row in found]


@pytest.mark.parametrize("sort_by", ["RECORDED_AT", "CHANGED_AT"])
@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize("window", [Window(limit, None, back) for limit in (1, 2, 5, 100) for back in (False, True)])
async def test_pages_together_are_the_whole_list_in_its_order(
    pool: asyncpg.Pool, account_id: int, sort_by: str, is_descending: bool, window: Window
) -> None:
    key = attrgetter(sort_by.lower())
    rows = [row for row in await read_all(pool, account_id) if key(row) is not None]
    page = ClickPage(ALL, window, sort_by, is_descending)

    found = await turn_pages(pool, account_id, page)

    in_order = sorted(rows, key=lambda row: (key(row), row.id), reverse=is_descending != window.is_backward)
    assert found == [row.id for row in in_order]
    assert len(found) == {"RECORDED_AT": len(MOMENTS_MS), "CHANGED_AT": 10}[sort_by]


@pytest.mark.parametrize("is_descending", [True, False])
@pytest.mark.parametrize(("start_ms", "end_ms"), [(0, 1), (1, 64_000), (None, 1_000), (64_000, None), (2, 3), (5, 4)])
async def test_a_stretch_has_its_first_moment_and_not_its_last(
    pool: asyncpg.Pool, account_id: int, start_ms: int | None, end_ms: int | None, is_descending: bool
) -> None:
    start, end = (None if ms is None else BEGIN + dt.timedelta(milliseconds=ms) for ms in (start_ms, end_ms))
    rows = await read_all(pool, account_id)
    day = dt.timedelta(days=1)
    changed = ClickFilter(changed_from=start and start + day, changed_to=end and end + day)
    for sort_by, wanted in (
        ("RECORDED_AT", ClickFilter(recorded_from=start, recorded_to=end)),
        ("CHANGED_AT", changed),
    ):
        page = ClickPage(wanted, Window(2), sort_by, is_descending)

        found = await turn_pages(pool, account_id, page)

        matching = [
            row.id
            for row in rows
            if (sort_by == "RECORDED_AT" or row.changed_at is not None)
            and (start is None or row.recorded_at >= start)
            and (end is None or row.recorded_at < end)
        ]
        assert sorted(found) == sorted(matching)
        assert sorted(row.id for row in rows if is_wanted(row, wanted) and (row.changed_at or sort_by[0] == "R")) == (
            sorted(matching)
        )


async def test_years_without_clicks_take_few_stretches(pool: asyncpg.Pool) -> None:
    page = ClickPage(ALL, Window(100), "RECORDED_AT", is_descending=False)
    last = BEGIN + dt.timedelta(days=3_650)

    stretches = list(cut_stretches(page, BEGIN, last))

    assert len(stretches) == 11
    assert stretches[0] == (BEGIN, BEGIN + FIRST_STRETCH)
    assert stretches[1] == (BEGIN + FIRST_STRETCH, BEGIN + FIRST_STRETCH * (1 + GROWTH))
    assert stretches[-1][1] == last
    assert [high for _, high in stretches[:-1]] == [low for low, _ in stretches[1:]]
    down = list(cut_stretches(page._replace(is_descending=True), BEGIN, last))
    assert [low for low, _ in down[:-1]] == [high for _, high in down[1:]]
    assert (down[0][1], down[-1][0]) == (last, BEGIN)
