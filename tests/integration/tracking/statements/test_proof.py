"""The proof that docs/statements.md describes, run as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio
from tortoise.context import TortoiseContext

from tests.brand import make_brand, make_campaign
from tests.clicking import make_event, store
from tests.closing import at_ms, close, days, list_chain

PAGE = Path(__file__).parents[4] / "docs/statements.md"
pytestmark = pytest.mark.feature("R12", "TR21")


@pytest.fixture
async def files(
    orm: TortoiseContext, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, tmp_path: Path
) -> list[Path]:
    """The statements of a campaign, in their order."""
    account = await make_brand()
    campaign = await make_campaign(account, "Sömmer «ü»")
    for day in (1, 2, 3):
        await store(pool, make_event(account.id, at_ms=at_ms(day), campaign_id=campaign.id), backfill=True)
        await close(pool, redis_client, account.id, campaign.id, days(day, day))
    written = []
    for place, (text, _) in enumerate(await list_chain(pool, campaign.id), 1):
        written.append(tmp_path / f"statement-{place}.json")
        written[-1].write_bytes(text.encode())
    return written


def run(script: str, files: list[Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-", *files], input=script, text=True, capture_output=True, check=False)


async def test_the_script_of_the_page_proves_a_chain_and_finds_what_was_changed(
    files: list[Path], pool: asyncpg.Pool
) -> None:
    found = re.search(r"<<'END'\n(.*?)    END\n", PAGE.read_text(), re.DOTALL)
    assert found
    script = re.sub(r"^    ", "", found[1], flags=re.MULTILINE)
    newest = await pool.fetchval("SELECT encode(sha256, 'hex') FROM statement ORDER BY number DESC LIMIT 1")

    proven = run(script, files)
    assert proven.returncode == 0, proven.stderr
    assert proven.stdout.splitlines()[-1] == f"{newest} {files[2]}"

    files[1].write_bytes(files[1].read_bytes().replace(b'"uniqueClicks":1', b'"uniqueClicks":2'))
    assert "AssertionError" in run(script, files).stderr
    assert run(script, [files[0], files[2]]).returncode == 1
