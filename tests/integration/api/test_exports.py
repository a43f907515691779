"""Exports on the graph: asked for, made, fetched, taken up again where they were cut off."""

import datetime as dt
import hashlib
import json
from typing import Any

import asyncpg
import httpx2
import pytest

from api.ids import encode_id
from tests.exporting import (
    READ_EXPORT,
    REQUEST_EXPORT,
    export,
    make_clicks,
    make_link_of_creator,
    read_csv,
    read_export_id,
    request,
)
from tests.integration.api.conftest import Tenant
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clock import utc_now
from tracking.exports import service
from tracking.exports.models import Export, ExportStatus
from tracking.exports.running import fail_export, run_export
from tracking.exports.service import list_open_exports, tidy_exports
from tracking.links.models import Link

NEVER_IN_IT = ("203.0.113", "Mozilla", "visitor_key", "network", "user_agent")

pytestmark = pytest.mark.feature("IM21")


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link_of_creator(acme.account)


@pytest.fixture
async def clicks(link: Link, pool: asyncpg.Pool) -> list[str]:
    return await make_clicks(pool, link)


async def fetch(tenant: Tenant, url: str, **headers: str) -> httpx2.Response:
    return await tenant.graph.client.get(
        url, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


async def refuse(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(REQUEST_EXPORT, input=given))["requestExport"]
    return answer


class TestClicks:
    @pytest.mark.feature("R4", "R10")
    async def test_every_click_is_a_row_with_what_the_graph_shows_of_it(
        self, acme: Tenant, link: Link, clicks: list[str], pool: asyncpg.Pool
    ) -> None:
        found = await export(acme.ask, pool, kind="CLICKS")
        answer = await fetch(acme, found["downloadUrl"])

        rows = read_csv(answer.content)
        assert (found["status"], found["rowsTotal"], found["rowsDone"]) == ("COMPLETED", 3, 3)
        assert [row["click_id"] for row in rows] == clicks
        assert [row["counting"] for row in rows] == ["UNIQUE", "REPEAT", "BOT"]
        assert [(row["is_counted"], row["is_unique"], row["unique_day"]) for row in rows] == [
            ("true", "true", "2026-03-29"),
            ("true", "false", "2026-03-29"),
            ("false", "false", "2026-03-29"),
        ]
        assert rows[0]["occurred_at"] == "2026-03-29T03:30:00.000000+02:00"
        assert (rows[0]["creator_handle"], rows[0]["slug"], rows[0]["link_kind"]) == (
            "anna",
            link.slug,
            link.kind.value,
        )
        assert (rows[0]["browser"], rows[0]["referrer_host"]) == ("Chrome", "www.instagram.com")
        assert [word for word in NEVER_IN_IT if word in answer.text] == []

    @pytest.mark.usefixtures("clicks")
    async def test_a_range_a_link_and_what_is_counted_narrow_it(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        link_node = (await acme.ask("{ links { nodes { id } } }"))["links"]["nodes"][0]["id"]
        instants = {"from": "2026-03-29T01:00:00Z", "to": "2026-03-29T02:00:00Z"}
        wanted = [
            {"range": {"days": {"from": "2026-03-29", "to": "2026-03-29"}}},
            {"range": {"days": {"from": "2026-03-28", "to": "2026-03-28"}}},
            {"range": {"instants": instants}, "linkIds": [link_node], "countedOnly": True},
            {"range": {"preset": "LIFETIME"}},
        ]

        found = [await export(acme.ask, pool, kind="CLICKS", parameters=each) for each in wanted]

        assert [each["rowsDone"] for each in found] == [3, 0, 2, 3]
        assert found[0]["parameters"]["range"] == {"from": "2026-03-28T23:00:00Z", "to": "2026-03-29T22:00:00Z"}
        assert found[3]["parameters"]["range"] is None

    @pytest.mark.feature("R11")
    @pytest.mark.usefixtures("clicks")
    async def test_nothing_of_another_account_is_in_it(self, acme: Tenant, other: Tenant, pool: asyncpg.Pool) -> None:
        found = await export(other.ask, pool, kind="CLICKS")

        assert (await fetch(other, found["downloadUrl"])).content.count(b"\r\n") == 1
        assert (await acme.ask(READ_EXPORT, id=found["id"]))["node"] is None

    @pytest.mark.parametrize("export_format", ["JSON_LINES", "XLSX", "PARQUET"])
    async def test_other_formats_have_the_same_rows(
        self, acme: Tenant, clicks: list[str], pool: asyncpg.Pool, export_format: str
    ) -> None:
        found = await export(acme.ask, pool, kind="CLICKS", format=export_format)
        content = (await fetch(acme, found["downloadUrl"])).content

        assert (found["rowsDone"], hashlib.sha256(content).hexdigest()) == (3, found["sha256"])
        if export_format == "JSON_LINES":
            assert [json.loads(line)["click_id"] for line in content.splitlines()] == clicks


class TestAsking:
    async def test_what_a_kind_does_not_take_is_refused_by_its_name(self, acme: Tenant) -> None:
        answer = await refuse(acme, kind="CLICKS", parameters={"segmentId": "x"})

        assert (answer["code"], answer["path"]) == ("INVALID_INPUT", ["parameters", "segmentId"])
        assert await Export.all().count() == 0

    async def test_a_campaign_of_nobody_is_not_found(self, acme: Tenant) -> None:
        answer = await refuse(acme, kind="CLICKS", parameters={"campaignId": "x"})

        assert (answer["code"], answer["path"]) == ("NOT_FOUND", ["parameters", "campaignId"])

    async def test_a_repeat_makes_no_second_export(self, acme: Tenant) -> None:
        given = {"kind": "CLICKS", "idempotencyKey": "monday"}

        assert await request(acme.ask, **given) == await request(acme.ask, **given)
        assert (await refuse(acme, **{**given, "format": "XLSX"}))["code"] == "IDEMPOTENCY_CONFLICT"

    async def test_twenty_may_wait_and_the_next_is_refused(self, acme: Tenant) -> None:
        for _ in range(20):
            await request(acme.ask, kind="CLICKS")

        assert (await refuse(acme, kind="CLICKS"))["message"] == "at most 20 exports of an account wait or run at once"

    @pytest.mark.parametrize("bound", ["MAX_FILES", "MAX_BYTES"])
    async def test_whose_kept_files_are_as_much_as_is_allowed_gets_no_more_until_the_next_is_deleted(
        self, acme: Tenant, other: Tenant, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, bound: str
    ) -> None:
        monkeypatch.setattr(service, bound, 1)
        made = await export(acme.ask, pool, kind="CLICKS")

        assert f"the next is deleted at {made['expiresAt'][:19]}" in (await refuse(acme, kind="CLICKS"))["message"]
        await request(other.ask, kind="CLICKS")
        await Export.all().update(expires_at=utc_now())
        await tidy_exports(pool)
        await request(acme.ask, kind="CLICKS")

    async def test_workers_take_the_exports_of_accounts_in_turns(
        self, acme: Tenant, other: Tenant, pool: asyncpg.Pool
    ) -> None:
        asked = [await request(each.ask, kind="CLICKS") for each in (acme, acme, acme, other, other)]

        found = [asked.index(encode_id("Export", export_id)) for export_id in await list_open_exports(pool)]

        assert found == [0, 3, 1, 4, 2]

    async def test_who_may_read_may_ask(self, acme: Tenant) -> None:
        key = (await create_api_key(acme.account.id, "reader", [Scope.READ])).token

        answer = await acme.graph.ask(REQUEST_EXPORT, api_key=key, input={"kind": "CLICKS"})

        assert answer["requestExport"]["export"]["status"] == "QUEUED"

    async def test_the_dictionary_names_the_columns_of_the_file(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        columns = await acme.ask("{ dataDictionary(kind: CLICKS) { name type description } }")
        found = await export(acme.ask, pool, kind="CLICKS")

        header = (await fetch(acme, found["downloadUrl"])).text.strip().split(",")
        assert [column["name"] for column in columns["dataDictionary"]] == header


class TestEnds:
    @pytest.mark.feature("R10")
    async def test_a_file_is_kept_for_a_week(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        made = await export(acme.ask, pool, kind="CLICKS")
        await tidy_exports(pool)
        kept = await fetch(acme, made["downloadUrl"])

        await Export.all().update(expires_at=utc_now())
        await tidy_exports(pool)

        found = (await acme.ask(READ_EXPORT, id=made["id"]))["node"]
        assert kept.status_code == 200
        assert (found["status"], found["downloadUrl"], found["sha256"]) == ("EXPIRED", None, made["sha256"])
        assert (await fetch(acme, made["downloadUrl"])).status_code == 410
        assert await pool.fetchval("SELECT count(*) FROM export_chunk") == 0

    async def test_what_is_left_of_it_is_forgotten_after_90_days(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        made = [await export(acme.ask, pool, kind="CLICKS") for _ in range(3)]
        await Export.filter(id__in=[read_export_id(each["id"]) for each in made[:2]]).update(expires_at=utc_now())
        await Export.filter(id=read_export_id(made[0]["id"])).update(ended_at=utc_now() - dt.timedelta(days=90))

        await tidy_exports(pool)

        found = [(await acme.ask(READ_EXPORT, id=each["id"]))["node"] for each in made]
        assert [each and each["status"] for each in found] == [None, "EXPIRED", "COMPLETED"]
        assert await pool.fetchval("SELECT count(DISTINCT export_id) FROM export_chunk") == 1

    async def test_one_that_failed_has_a_reason_and_no_file(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        export_id = await request(acme.ask, kind="CLICKS")
        await fail_export(pool, read_export_id(export_id), "because")
        await run_export(pool, read_export_id(export_id), None)

        found = (await acme.ask(READ_EXPORT, id=export_id))["node"]
        assert (found["status"], found["failure"], found["downloadUrl"]) == ("FAILED", "because", None)

    async def test_what_is_not_done_in_a_day_is_given_up(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await request(acme.ask, kind="CLICKS")
        await Export.all().update(created_at=utc_now() - dt.timedelta(days=1))

        await tidy_exports(pool)

        assert [each.status for each in await Export.all()] == [ExportStatus.FAILED]
