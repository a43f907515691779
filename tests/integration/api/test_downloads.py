"""Files of exports over HTTP: whole, in parts, taken up again where a download was cut off."""

import datetime as dt
import hashlib
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import asyncpg
import httpx2
import pytest

from tests.exporting import READ_EXPORT, export, make_clicks, make_link_of_creator, read_export_id, request
from tests.integration.api.conftest import Tenant
from tests.streaming import ServedGraph
from tracking.accounts.models import Account
from tracking.clock import utc_now
from tracking.exports.files import FileStore
from tracking.exports.models import Export
from tracking.settings import Settings
from tracking.signed_addresses import DOWNLOAD_PATH, UPLOAD_PATH, sign

DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.feature("IM21")


@pytest.fixture
async def made(acme: Tenant, pool: asyncpg.Pool) -> dict[str, Any]:
    await make_clicks(pool, await make_link_of_creator(acme.account))
    return await export(acme.ask, pool, kind="CLICKS")


async def fetch(tenant: Tenant, url: str, **headers: str) -> httpx2.Response:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await tenant.graph.client.get(url, headers=given)


async def test_the_file_says_what_it_is(acme: Tenant, made: dict[str, Any]) -> None:
    answer = await fetch(acme, made["downloadUrl"])
    head = await acme.graph.client.head(made["downloadUrl"])

    assert (answer.status_code, head.status_code, head.content) == (200, 200, b"")
    assert hashlib.sha256(answer.content).hexdigest() == made["sha256"]
    wanted = ("content-length", "etag", "accept-ranges", "content-type", "content-disposition", "cache-control")
    assert [head.headers[name] for name in wanted] == [answer.headers[name] for name in wanted]
    stamp = dt.datetime.fromisoformat(made["asOf"]).strftime("%Y%m%dT%H%M%SZ")
    assert [head.headers[name] for name in wanted] == [
        str(made["sizeBytes"]),
        f'"{made["sha256"]}"',
        "bytes",
        "text/csv; charset=utf-8; header=present",
        f'attachment; filename="clicks_acme_all_at_{stamp}.csv"',
        "private, no-store",
    ]


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-9", slice(0, 10)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=5-999999999", slice(5, None)),
        ("bytes=-999999999", slice(0, None)),
        ("bytes=5-9223372036854775807", slice(5, None)),
    ],
)
async def test_a_part_is_sent_as_it_is_asked_for(acme: Tenant, made: dict[str, Any], wanted: str, part: slice) -> None:
    whole = (await fetch(acme, made["downloadUrl"])).content

    answer = await fetch(acme, made["downloadUrl"], range=wanted)

    assert (answer.status_code, answer.content) == (206, whole[part])
    start = part.indices(len(whole))[0]
    end = start + len(answer.content) - 1
    assert answer.headers["content-range"] == f"bytes {start}-{end}/{len(whole)}"
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize("wanted", ["bytes=999999999-", "bytes=-0", "bytes=9-3", "bytes=-", "bytes=a-b"])
async def test_a_part_that_is_not_there_is_refused(acme: Tenant, made: dict[str, Any], wanted: str) -> None:
    answer = await fetch(acme, made["downloadUrl"], range=wanted)

    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{made['sizeBytes']}"


@pytest.mark.parametrize(("wanted", "version"), [("bytes=1-2,4-5", None), ("lines=1-2", None), ("bytes=1-2", '"x"')])
async def test_what_is_not_followed_is_answered_with_the_whole(
    acme: Tenant, made: dict[str, Any], wanted: str, version: str | None
) -> None:
    answer = await fetch(acme, made["downloadUrl"], range=wanted, **({"if_range": version} if version else {}))

    assert (answer.status_code, len(answer.content)) == (200, made["sizeBytes"])


async def test_the_same_version_goes_on(acme: Tenant, made: dict[str, Any]) -> None:
    answer = await fetch(acme, made["downloadUrl"], range="bytes=1-2", if_range=f'"{made["sha256"]}"')

    assert answer.status_code == 206


async def test_addresses_that_are_forged_old_or_for_something_else_open_nothing(
    acme: Tenant, made: dict[str, Any], settings: Settings
) -> None:
    export_id, soon = read_export_id(made["id"]), utc_now() + dt.timedelta(hours=1)
    tokens = [
        "x",
        sign(b"another secret of ours, as long", DOWNLOAD_PATH, export_id, soon),
        sign(settings.cookie_secret, UPLOAD_PATH, export_id, soon),
        sign(settings.cookie_secret, DOWNLOAD_PATH, export_id, utc_now()),
    ]

    answers = [await fetch(acme, f"{DOWNLOAD_PATH}{token}") for token in tokens]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 403]


async def test_pages_of_origins_that_the_account_allows_may_fetch_it(acme: Tenant, made: dict[str, Any]) -> None:
    await Account.filter(id=acme.account.id).update(allowed_origins=["https://app.example"])

    answers = [
        await fetch(acme, made["downloadUrl"], origin=origin)
        for origin in ("https://app.example", "https://evil.example")
    ]

    assert [answer.status_code for answer in answers] == [200, 403]
    assert "content-range" in answers[0].headers["access-control-expose-headers"]


async def make_large_file(tenant: Tenant, pool: asyncpg.Pool) -> tuple[str, bytes]:
    """An export of five megabytes, which no row reader made: its id, and what is in it."""
    export_id, attempt = await request(tenant.ask, kind="CLICKS"), uuid4()
    row_id = read_export_id(export_id)
    content = hashlib.shake_256(b"content").digest(5_000_000)
    await Export.filter(id=row_id).update(status="RUNNING", attempt=attempt)
    store = FileStore(pool, row_id, attempt)
    await store.add(content, 1)
    await store.close(1)
    now = utc_now()
    await Export.filter(id=row_id).update(
        status="COMPLETED",
        size_bytes=store.size_bytes,
        sha256=store.sha256,
        as_of=now,
        ended_at=now,
        expires_at=now + DAY,
    )
    return export_id, content


async def test_a_download_that_was_cut_off_goes_on_where_it_was(
    acme: Tenant, served: ServedGraph, pool: asyncpg.Pool
) -> None:
    export_id, content = await make_large_file(acme, pool)
    found = (await acme.ask(READ_EXPORT, id=export_id))["node"]
    url = urljoin(served.address, urlsplit(found["downloadUrl"]).path)
    got = b""
    async with httpx2.AsyncClient() as client:
        while len(got) < len(content):
            headers = {"Range": f"bytes={len(got)}-", "If-Range": f'"{found["sha256"]}"'} if got else {}
            async with client.stream("GET", url, headers=headers) as answer:
                assert answer.status_code == (206 if got else 200)
                before = len(got)
                async for piece in answer.aiter_bytes():
                    got += piece
                    if len(got) - before > 1_500_000:
                        break  # and the connection is closed with most of the answer unread

    assert got == content
    assert hashlib.sha256(got).hexdigest() == found["sha256"]
