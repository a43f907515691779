import asyncio
import csv
import datetime as dt
import hashlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import asyncpg
import pytest

from api.ids import decode_id
from tests.importing import CREATE_IMPORT, announce, count, read_import, read_no_click, upload, write_csv
from tests.integration.api.conftest import Tenant
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clock import utc_now
from tracking.imports.models import Import
from tracking.imports.problems import PAGE_ROWS
from tracking.imports.rules import MAX_UPLOAD_BYTES
from tracking.imports.running import run_import
from tracking.settings import Settings
from tracking.signed_addresses import BAD_ROWS_PATH, UPLOAD_PATH, sign

CREATORS = "query ($after: String) { creators(first: 100, after: $after) { nodes { handle } pageInfo { endCursor } } }"

BringIn = Callable[..., Awaitable[dict[str, Any]]]


async def notify_nobody() -> None:
    """There is no redirector in these tests."""


def read_id(global_id: str) -> int:
    found = decode_id(global_id, "Import")
    assert found is not None
    return found


async def bring_in(tenant: Tenant, content: bytes, **given: Any) -> dict[str, Any]:
    """What the graph says of the import of this file, once it is done."""
    announced = await announce(tenant.ask, **given)
    await upload(tenant.graph.client, announced["uploadUrl"], content)
    await run_import(read_id(announced["id"]), notify_nobody, read_no_click)
    return await read_import(tenant.ask, announced["id"])


async def list_handles(tenant: Tenant) -> list[str]:
    handles: list[str] = []
    after = None
    while page := (await tenant.ask(CREATORS, after=after))["creators"]:
        handles += [node["handle"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["nodes"]:
            return handles
    return handles


@pytest.fixture
def bring(acme: Tenant) -> BringIn:
    return partial(bring_in, acme)


class TestJourney:
    @pytest.mark.feature("CU11")
    async def test_800_creators_with_37_bad_rows_then_the_mended_rows_then_both_again(
        self, acme: Tenant, bring: BringIn
    ) -> None:
        bad_places = set(range(0, 740, 20))
        rows = [
            ["has blank" if place in bad_places else f"creator{place}", f"m{place}", f"=Name, {place}"]
            for place in range(800)
        ]
        everything = write_csv([["Handle", "External ID", "name"], *rows])

        first = await bring(everything, kind="CREATORS")

        assert (first["status"], count(first)) == ("COMPLETED", (763, 0, 0, 37))
        assert first["problems"][1] == {
            "line": 22,
            "column": "handle",
            "value": "has blank",
            "code": "INVALID",
            "message": "a handle has 1 to 100 characters without blanks or '/'",
        }
        answer = await acme.graph.client.get(first["badRowsUrl"])
        header, *bad_rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert header == ["Handle", "External ID", "name", "error"]
        assert bad_rows[1][1:3] == ["m20", "=Name, 20"]
        mended = [[f"mended-{row[1]}", *row[1:]] for row in bad_rows]
        mended_file = write_csv([header, *mended])

        assert count(await bring(mended_file, kind="CREATORS")) == (37, 0, 0, 0)
        assert count(await bring(everything, kind="CREATORS")) == (0, 0, 763, 37)
        assert count(await bring(mended_file, kind="CREATORS")) == (0, 0, 37, 0)
        assert len(await list_handles(acme)) == 800


class TestUpload:
    @pytest.fixture
    async def announced(self, acme: Tenant) -> dict[str, str]:
        return await announce(acme.ask, kind="CREATORS")

    async def test_a_file_comes_once(self, acme: Tenant, announced: dict[str, str]) -> None:
        await upload(acme.graph.client, announced["uploadUrl"], b"handle\nanna\n")

        again = await acme.graph.client.put(announced["uploadUrl"], content=b"handle\nberta\n")

        assert again.status_code == 409
        found = await read_import(acme.ask, announced["id"])
        assert (found["status"], found["sizeBytes"], found["uploadUrl"]) == ("QUEUED", 12, None)
        assert found["sha256"] == hashlib.sha256(b"handle\nanna\n").hexdigest()

    async def test_parallel_uploads_leave_one_whole_file(
        self, acme: Tenant, announced: dict[str, str], pool: asyncpg.Pool
    ) -> None:
        files = [b"handle\n" + name * 200_000 + b"\n" for name in (b"a", b"b", b"c")]

        answers = await asyncio.gather(
            *(acme.graph.client.put(announced["uploadUrl"], content=content) for content in files)
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        stored = [row["content"] for row in await pool.fetch("SELECT content FROM import_chunk ORDER BY number")]
        assert b"".join(stored) in files

    @pytest.mark.parametrize("sends_length", [True, False])
    async def test_a_body_over_the_limit_is_refused_and_nothing_of_it_kept(
        self, acme: Tenant, announced: dict[str, str], pool: asyncpg.Pool, sends_length: bool
    ) -> None:
        async def send() -> AsyncIterator[bytes]:
            for _ in range(MAX_UPLOAD_BYTES // 2**20 + 1):
                yield b"x" * 2**20

        headers = {"Content-Length": str(MAX_UPLOAD_BYTES + 1)} if sends_length else {}
        answer = await acme.graph.client.put(announced["uploadUrl"], content=send(), headers=headers)

        assert answer.status_code == 413
        assert await pool.fetchval("SELECT count(*) FROM import_chunk") == 0
        assert (await read_import(acme.ask, announced["id"]))["status"] == "AWAITING_UPLOAD"

    async def test_an_upload_that_was_cut_off_may_be_sent_again(
        self, acme: Tenant, announced: dict[str, str], pool: asyncpg.Pool
    ) -> None:
        async def send() -> AsyncIterator[bytes]:
            yield b"handle\n" + b"x" * 300_000
            raise ConnectionResetError

        with pytest.raises(ConnectionResetError):
            await acme.graph.client.put(announced["uploadUrl"], content=send())
        await upload(acme.graph.client, announced["uploadUrl"], b"handle\nanna\n")

        await run_import(read_id(announced["id"]), notify_nobody, read_no_click)
        assert count(await read_import(acme.ask, announced["id"])) == (1, 0, 0, 0)
        assert await pool.fetchval("SELECT count(*) FROM import_chunk") == 0

    async def test_a_forged_address_is_unknown_and_an_old_one_is_over(
        self, acme: Tenant, announced: dict[str, str], settings: Settings
    ) -> None:
        url = announced["uploadUrl"]
        forged = url[:-3] + ("aaa" if url[-3:] != "aaa" else "bbb")
        old = sign(settings.cookie_secret, UPLOAD_PATH, read_id(announced["id"]), utc_now() - dt.timedelta(seconds=1))
        elsewhere = sign(settings.cookie_secret, BAD_ROWS_PATH, 1, utc_now() + dt.timedelta(hours=1))

        statuses = [
            (await acme.graph.client.put(address, content=b"handle\nanna\n")).status_code
            for address in (forged, UPLOAD_PATH + old, UPLOAD_PATH + elsewhere, UPLOAD_PATH + "\xe9", UPLOAD_PATH + "=")
        ]

        assert statuses == [404, 403, 404, 404, 404]
        assert (await read_import(acme.ask, announced["id"]))["status"] == "AWAITING_UPLOAD"

    async def test_who_may_only_read_gets_no_address(self, acme: Tenant, announced: dict[str, str]) -> None:
        reader = await create_api_key(acme.account.id, "reader", [Scope.READ])

        found = await read_import(partial(acme.graph.ask, api_key=reader.token), announced["id"])

        assert (found["status"], found["uploadUrl"]) == ("AWAITING_UPLOAD", None)


class TestCreate:
    async def test_a_repeat_with_the_same_key_is_the_same_import(self, acme: Tenant) -> None:
        first, again = [await announce(acme.ask, kind="CONTACTS", idempotencyKey="k1") for _ in range(2)]

        assert first == again

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"kind": "CREATORS", "campaignId": "garbage"}, "INVALID_INPUT"),
            ({"kind": "LINKS", "campaignId": "garbage"}, "NOT_FOUND"),
            ({"kind": "LINKS", "idempotencyKey": ""}, "INVALID_INPUT"),
        ],
    )
    async def test_what_can_be_wrong_is_data(self, acme: Tenant, given: dict[str, Any], code: str) -> None:
        answer = (await acme.ask(CREATE_IMPORT, input=given))["createImport"]

        assert answer["code"] == code
        assert await Import.all().count() == 0

    async def test_imports_are_listed_newest_first_and_by_kind(self, acme: Tenant) -> None:
        ids = [(await announce(acme.ask, kind=kind))["id"] for kind in ("CREATORS", "LINKS", "CREATORS")]
        query = "query ($filter: ImportFilter) { imports(filter: $filter) { nodes { id } } }"

        everything = (await acme.ask(query))["imports"]["nodes"]
        creators = (await acme.ask(query, filter={"kinds": ["CREATORS"], "statuses": ["AWAITING_UPLOAD"]}))["imports"]
        running = (await acme.ask(query, filter={"statuses": ["RUNNING"]}))["imports"]["nodes"]

        assert [node["id"] for node in everything] == ids[::-1]
        assert [node["id"] for node in creators["nodes"]] == [ids[2], ids[0]]
        assert running == []


class TestBadRows:
    async def test_cells_beyond_the_header_come_back_as_wrong_as_they_were(self, acme: Tenant, bring: BringIn) -> None:
        found = await bring(b"name;external_id;error\nSmith; Anna;c1;old\nBerta;c2;old\n", kind="CONTACTS")

        bad_rows = (await acme.graph.client.get(found["badRowsUrl"])).content
        again = await bring(bad_rows, kind="CONTACTS")

        assert (count(found), count(again)) == ((1, 0, 0, 1), (0, 0, 0, 1))
        message = "the row has 4 cells where the header has 2"
        assert bad_rows.decode("utf-8-sig").splitlines() == [
            "name,external_id,error",
            f"Smith, Anna,{message},old",
        ]

    async def test_those_of_json_lines_come_as_csv_too(self, acme: Tenant, bring: BringIn) -> None:
        lines = b'{"external_id": "c1", "name": "a\\u0000", "colour": "red"}\n{"name": "=1+1", "share_url": "x"}\nno\n'

        found = await bring(lines, kind="CONTACTS", format="JSON_LINES")

        answer = await acme.graph.client.get(found["badRowsUrl"])
        header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert header == ["external_id", "name", "share_url", "error"]
        assert [row[:3] for row in rows] == [["c1", "a\ufffd", ""], ["", "=1+1", "x"], ["", "", ""]]
        assert rows[0][3] == "colour: 'colour' is no column"
        assert rows[1][3] == "external_id: give external_id"
        assert rows[2][3].startswith("the line is no JSON: ")
        assert answer.headers["content-disposition"] == 'attachment; filename="bad-rows.csv"'

    async def test_their_address_is_there_when_a_row_is_bad_and_works_for_an_hour(
        self, acme: Tenant, bring: BringIn, settings: Settings
    ) -> None:
        found = await bring(b"external_id\nc1\n", kind="CONTACTS")
        old = sign(settings.cookie_secret, BAD_ROWS_PATH, 1, utc_now() - dt.timedelta(seconds=1))
        for_uploads = sign(settings.cookie_secret, UPLOAD_PATH, 1, utc_now() + dt.timedelta(hours=1))

        statuses = [
            (await acme.graph.client.get(BAD_ROWS_PATH + token)).status_code for token in (old, for_uploads, "x")
        ]

        assert (found["bad"], found["badRowsUrl"], statuses) == (0, None, [403, 404, 404])

    async def test_they_come_page_by_page_and_so_do_their_problems(self, acme: Tenant, bring: BringIn) -> None:
        total = PAGE_ROWS + 50
        rows = [["handle", "platform"], *(["a b", "nowhere"] for _ in range(total))]

        found = await bring(write_csv(rows), kind="CREATORS")

        answer = await acme.graph.client.get(found["badRowsUrl"])
        assert answer.content.decode().count("\r\n") == total + 1
        assert [problem["line"] for problem in found["problems"]] == sorted([*range(2, total + 2)] * 3)
