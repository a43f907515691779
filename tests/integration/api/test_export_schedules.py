"""Schedules of exports on the graph."""

import datetime as dt
from typing import Any

import pytest

from tests.exporting import READ_EXPORT
from tests.integration.api.conftest import Tenant
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key
from tracking.exports.models import Export, ExportSchedule
from tracking.exports.schedules import request_due_exports

CREATE = """
    mutation ($input: CreateExportScheduleInput!) {
        createExportSchedule(input: $input) {
            __typename
            ... on CreateExportScheduleSuccess {
                schedule { id name cron isPaused nextRunAt lastRunAt nextRuns(first: 2) parameters { preset } }
            }
            ... on UserError { code path message }
        }
    }
"""
UPDATE = """
    mutation ($input: UpdateExportScheduleInput!) {
        updateExportSchedule(input: $input) {
            ... on UpdateExportScheduleSuccess {
                schedule { name cron isPaused nextRunAt nextRuns parameters { preset } }
            }
            ... on UserError { code path message }
        }
    }
"""
DELETE = """
    mutation ($input: DeleteExportScheduleInput!) {
        deleteExportSchedule(input: $input) {
            ... on DeleteExportScheduleSuccess { deletedId }
            ... on UserError { code }
        }
    }
"""
LIST = "{ exportSchedules { nodes { id } } }"
OF_SCHEDULE = "query ($id: ID!) { exports(filter: {scheduleId: $id}) { nodes { id dueAt schedule { id } } } }"
MONTHLY = {
    "name": "Clicks of the month",
    "kind": "CLICKS",
    "cron": "30 2 1 * *",
    "parameters": {"range": {"preset": "LAST_MONTH"}},
}

pytestmark = pytest.mark.feature("IM21")


async def create(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(CREATE, input={**MONTHLY, **changes}))["createExportSchedule"]
    shown: dict[str, Any] = answer.get("schedule", answer)
    return shown


async def test_it_runs_by_the_clocks_of_the_account_and_what_it_makes_is_listed(acme: Tenant) -> None:
    await Account.filter(id=acme.account.id).update(timezone="Asia/Kathmandu")

    made = await create(acme)
    due_at = dt.datetime.fromisoformat(made["nextRunAt"])
    await request_due_exports(due_at)

    local = due_at + dt.timedelta(hours=5, minutes=45)
    assert (local.day, local.hour, local.minute) == (1, 2, 30)
    assert made["nextRuns"][0] == made["nextRunAt"] < made["nextRuns"][1]
    assert (made["isPaused"], made["lastRunAt"], made["parameters"]) == (False, None, {"preset": "LAST_MONTH"})
    [export] = (await acme.ask(OF_SCHEDULE, id=made["id"]))["exports"]["nodes"]
    assert (export["dueAt"], export["schedule"]) == (made["nextRunAt"], {"id": made["id"]})
    found = (await acme.ask(READ_EXPORT, id=export["id"]))["node"]
    end = dt.datetime.fromisoformat(found["parameters"]["range"]["to"]) + dt.timedelta(hours=5, minutes=45)
    assert (found["status"], found["parameters"]["preset"], end.day, end.hour) == ("QUEUED", None, 1, 0)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"cron": "* * * * *"}, ["cron"]),
        ({"name": " "}, ["name"]),
        ({"parameters": {"segmentId": "x"}}, ["parameters", "segmentId"]),
        ({"parameters": {"range": {"days": {"from": "2026-01-01", "to": "2026-01-31"}}}}, ["parameters", "range"]),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_its_name(
    acme: Tenant, changes: dict[str, Any], path: list[str]
) -> None:
    answer = await create(acme, **changes)

    assert (answer["code"], answer["path"]) == ("INVALID_INPUT", path)
    assert await ExportSchedule.all().count() == 0


async def test_a_repeat_makes_no_second_one(acme: Tenant) -> None:
    first = await create(acme, idempotencyKey="monthly")

    assert (await create(acme, idempotencyKey="monthly"))["id"] == first["id"]
    assert (await create(acme, idempotencyKey="monthly", name="Other"))["code"] == "IDEMPOTENCY_CONFLICT"


async def test_it_is_changed_paused_and_goes_on(acme: Tenant) -> None:
    made = await create(acme)

    paused = await acme.ask(UPDATE, input={"id": made["id"], "isPaused": True, "name": "Monthly"})
    changed = await acme.ask(UPDATE, input={"id": made["id"], "isPaused": False, "cron": "0 6 * * MON"})

    assert paused["updateExportSchedule"]["schedule"] == {
        "name": "Monthly",
        "cron": "30 2 1 * *",
        "isPaused": True,
        "nextRunAt": None,
        "nextRuns": [],
        "parameters": {"preset": "LAST_MONTH"},
    }
    after = changed["updateExportSchedule"]["schedule"]
    assert (after["name"], after["cron"], after["isPaused"]) == ("Monthly", "0 6 * * MON", False)
    assert dt.datetime.fromisoformat(after["nextRunAt"]).isoweekday() == 1


async def test_one_that_is_deleted_runs_no_more_and_its_exports_stay(acme: Tenant) -> None:
    made = await create(acme)
    due_at = dt.datetime.fromisoformat(made["nextRunAt"])
    await request_due_exports(due_at)

    deleted = await acme.ask(DELETE, input={"id": made["id"]})
    again = await acme.ask(DELETE, input={"id": made["id"]})

    assert deleted["deleteExportSchedule"] == {"deletedId": made["id"]}
    assert again["deleteExportSchedule"] == {"code": "NOT_FOUND"}
    assert (await acme.ask(LIST))["exportSchedules"]["nodes"] == []
    assert await request_due_exports(due_at + dt.timedelta(days=40)) == []
    assert await Export.all().count() == 1


async def test_who_may_only_read_makes_none(acme: Tenant) -> None:
    key = (await create_api_key(acme.account.id, "reader", [Scope.READ])).token

    assert await acme.graph.refuse(CREATE, api_key=key, input=MONTHLY) == "FORBIDDEN"
    assert (await acme.graph.ask(LIST, api_key=key))["exportSchedules"]["nodes"] == []
