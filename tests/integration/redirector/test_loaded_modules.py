"""What a running redirector has loaded, as the real program tells when it ends."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import asyncpg
import httpx2
import pytest

from tests.audience import make_link, make_link_site
from tests.service import find_free_ports
from tests.unit.house.sources import ROOT
from tests.waiting import eventually
from tracking.settings import Settings, read_environment

SLUG = "abc23XY"
NEVER = {"redis", "jinja2", "httpx", "httpx2", "httpcore2", "rich", "tortoise", "sqlalchemy", "strawberry", "arq"}
WHEN_ASKED_FOR = {"segno", "prometheus_client", "cryptography", "ua_parser", "maxminddb", "crawleruseragents"}
RUN_AND_TELL = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules}))))
sys.argv = ["creatrail", "redirector"]
import creatrail.programs
creatrail.programs.main()
"""


async def run_redirector(settings: Settings, folder: Path, path: str) -> set[str]:
    """The packages that it has loaded at its end, after one request for `path`."""
    port, ops_port = find_free_ports(2)
    environment = {
        **read_environment(),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "CLICK_TOKEN_KEYS": "1:AAAAAAAAAAAAAAAAAAAAAA",
        "COOKIE_SECRET": "AAAAAAAAAAAAAAAAAAAAAA",
        "SPOOL_DIR": str(folder),
        "REDIRECTOR_PORT": str(port),
        "REDIRECTOR_OPS_PORT": str(ops_port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN_AND_TELL, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with httpx2.AsyncClient() as client:

            async def is_ready() -> bool:
                try:
                    return (await client.get(f"http://127.0.0.1:{ops_port}/readyz")).status_code == 200
                except httpx2.TransportError:
                    return False

            await eventually(is_ready)
            answer = await client.get(f"http://127.0.0.1:{port}{path}", headers={"host": "acme.localhost"})
            assert answer.status_code in {200, 302}, answer.text
        process.send_signal(signal.SIGINT)  # uvicorn dies of SIGTERM by itself, and would tell nothing
        printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return set(json.loads(printed.splitlines()[-1]))


@pytest.mark.feature("R1", "TR11")
@pytest.mark.parametrize(
    ("path", "loaded"), [(f"/{SLUG}", set()), (f"/{SLUG}/qr.svg", {"segno"})], ids=["a redirect", "negative control"]
)
async def test_a_redirector_loads_what_it_needs_and_when_it_does(
    settings: Settings, pool: asyncpg.Pool, tmp_path: Path, path: str, loaded: set[str]
) -> None:
    await make_link(pool, await make_link_site(pool), SLUG)

    seen = await run_redirector(settings, tmp_path, path)

    assert seen & NEVER <= {"rich"}  # which stands there as None
    assert seen & WHEN_ASKED_FOR == loaded
    assert "uvicorn" in seen
