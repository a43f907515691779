"""What `up` prints of its demo opens something, and stays the same from start to start."""

from pathlib import Path

import asyncpg
import pytest

from creatrail.seed.demo import seed
from creatrail.up.demo import KEY_FILE, PAGE_FILE, Demo, ensure_demo
from tracking.accounts.models import Account
from tracking.orm import open_orm
from tracking.report_pages.queries import OpenedPage, open_report_page
from tracking.report_pages.rules import PAGE_PATH
from tracking.report_pages.service import revoke_report_page
from tracking.settings import Settings


async def start(settings: Settings, state: Path) -> Demo:
    """What a start of `up` does, in a database with a small demo."""
    async with open_orm(settings):
        await seed(settings, clicks=50)
    demo = await ensure_demo(settings, state)
    assert demo is not None
    return demo


async def open_page(pool: asyncpg.Pool, address: str | None) -> OpenedPage:
    assert address is not None
    opened = await open_report_page(pool, address.partition(PAGE_PATH)[2])
    assert isinstance(opened, OpenedPage)
    return opened


async def count_pages(pool: asyncpg.Pool) -> int:
    found: int = await pool.fetchval("SELECT count(*) FROM report_page")
    return found


async def test_a_start_prints_a_report_page_of_the_demo(settings: Settings, pool: asyncpg.Pool, tmp_path: Path) -> None:
    demo = await start(settings, tmp_path)

    assert demo.report_page is not None
    assert demo.report_page.startswith(f"{settings.api_origin}{PAGE_PATH}")
    page = await open_page(pool, demo.report_page)
    assert (page.campaign_name, page.creator_id, page.shows_money) == ("Rain Season", None, False)


async def test_the_next_start_prints_the_same_key_and_page(
    settings: Settings, pool: asyncpg.Pool, tmp_path: Path
) -> None:
    first = await start(settings, tmp_path)

    assert await start(settings, tmp_path) == first
    assert await count_pages(pool) == 1
    assert await pool.fetchval("SELECT last_opened_at FROM report_page") is None
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in (KEY_FILE, PAGE_FILE)] == [0o600, 0o600]


@pytest.mark.parametrize("why", ["revoked", "of another database"])
async def test_a_page_that_does_not_open_is_followed_by_a_new_one(
    settings: Settings, pool: asyncpg.Pool, tmp_path: Path, why: str
) -> None:
    first = await start(settings, tmp_path)
    page = await open_page(pool, first.report_page)
    async with open_orm(settings):
        if why == "revoked":
            await revoke_report_page(page.account_id, page.id)
        else:
            await pool.execute("DELETE FROM report_page")

    second = await start(settings, tmp_path)

    assert second.report_page != first.report_page
    assert (await open_page(pool, second.report_page)).campaign_name == "Rain Season"


async def test_among_somebodys_accounts_no_page_is_made(settings: Settings, pool: asyncpg.Pool, tmp_path: Path) -> None:
    async with open_orm(settings):
        await Account.create(name="A brand", slug="acme")

    assert await ensure_demo(settings, tmp_path) is None
    assert await count_pages(pool) == 0
