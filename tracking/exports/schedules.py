"""Use cases of schedules: exports that are asked for again and again, once for each time that they are due."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.accounts.models import Account
from tracking.clock import utc_now
from tracking.errors import DomainError, InvalidInputError, NotFoundError
from tracking.exports.cron import check_cron, find_last_run, find_next_run
from tracking.exports.models import Export, ExportFormat, ExportKind, ExportSchedule, ExportStatus
from tracking.exports.parameters import ExportParameters, read_parameters, resolve_range, store_parameters
from tracking.exports.service import NewExport, check_export, check_room
from tracking.history.actors import current_actor
from tracking.idempotency import run_once
from tracking.text import check_text

MAX_SCHEDULES: Final = 100  # of an account

_FIND_DUE: Final = """
    SELECT id FROM export_schedule WHERE next_run_at <= $1 AND deleted_at IS NULL AND NOT is_paused
    ORDER BY next_run_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""


class ScheduleFields(NamedTuple):
    """What can be changed of one, beside its pause."""

    name: str
    format: ExportFormat
    parameters: ExportParameters
    cron: str


async def create_schedule(
    account_id: int, kind: ExportKind, given: ScheduleFields, *, idempotency_key: str | None = None
) -> ExportSchedule:
    """Raises InvalidInputError or NotFoundError."""

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        account = await Account.select_for_update().using_db(connection).get(id=account_id)
        found = ExportSchedule.filter(account_id=account_id, deleted_at=None).using_db(connection)
        if await found.count() >= MAX_SCHEDULES:
            raise InvalidInputError(f"an account has at most {MAX_SCHEDULES} schedules: delete one", ())
        fields = await _check(connection, account_id, kind, given)
        actor = current_actor()
        row = await ExportSchedule.create(
            using_db=connection,
            account_id=account_id,
            kind=kind,
            next_run_at=find_next_run(fields.cron, utc_now(), ZoneInfo(account.timezone)),
            actor_kind=actor.kind.value,
            actor_id=actor.id,
            **_store(fields),
        )
        return [row.id]

    [schedule_id] = await run_once(account_id, "createExportSchedule", idempotency_key, (kind, given), work)
    return await ExportSchedule.get(id=schedule_id)


async def update_schedule(
    account_id: int, schedule_id: int, changes: Mapping[str, Any], *, is_paused: bool | None = None
) -> ExportSchedule:
    """Change what is in `changes`, by the names of ScheduleFields. Raises NotFoundError or InvalidInputError."""
    async with in_transaction() as connection:
        row = await _lock(connection, account_id, schedule_id)
        account = await Account.get(id=account_id, using_db=connection)
        before = ScheduleFields(row.name, row.format, read_parameters(row.parameters), row.cron)
        fields = await _check(connection, account_id, row.kind, before._replace(**changes))
        paused = row.is_paused if is_paused is None else is_paused
        if paused:
            next_run_at = None
        elif row.next_run_at is None or fields.cron != row.cron:
            next_run_at = find_next_run(fields.cron, utc_now(), ZoneInfo(account.timezone))
        else:
            next_run_at = row.next_run_at  # what is due stays due
        columns = {**_store(fields), "is_paused": paused, "next_run_at": next_run_at}
        await row.update_from_dict(columns).save(using_db=connection, update_fields=list(columns))
    return row


async def delete_schedule(account_id: int, schedule_id: int) -> ExportSchedule:
    """Its exports stay. Raises NotFoundError."""
    async with in_transaction() as connection:
        row = await _lock(connection, account_id, schedule_id)
        row.deleted_at, row.next_run_at = utc_now(), None
        await row.save(using_db=connection, update_fields=["deleted_at", "next_run_at"])
    return row


async def request_due_exports(now: dt.datetime) -> list[int]:
    """The exports that schedules ask for by now: of each the last that came due, however many did."""
    made: list[int] = []
    while True:
        async with in_transaction() as connection:
            found = await connection.execute_query_dict(_FIND_DUE, [now])
            if not found:
                return made
            made += await _request(connection, await ExportSchedule.get(id=found[0]["id"], using_db=connection), now)


async def _request(connection: BaseDBAsyncClient, schedule: ExportSchedule, now: dt.datetime) -> list[int]:
    """Nothing when its export of that time is there: the unique key decides."""
    account = await Account.get(id=schedule.account_id, using_db=connection)
    zone = ZoneInfo(account.timezone)
    due_at = find_last_run(schedule.cron, schedule.next_run_at or now, now, zone)
    schedule.last_run_at, schedule.next_run_at = due_at, find_next_run(schedule.cron, now, zone)
    await schedule.save(using_db=connection, update_fields=["last_run_at", "next_run_at"])
    parameters = read_parameters(schedule.parameters)
    failure = await _find_failure(connection, schedule, parameters)
    is_there = await Export.filter(schedule_id=schedule.id, due_at=due_at).using_db(connection).exists()
    if is_there:
        return []
    export = await Export.create(
        using_db=connection,
        account_id=schedule.account_id,
        kind=schedule.kind,
        format=schedule.format,
        parameters=store_parameters(resolve_range(parameters, due_at, zone)),
        schedule_id=schedule.id,
        due_at=due_at,
        actor_kind=schedule.actor_kind,
        actor_id=schedule.actor_id,
        status=ExportStatus.FAILED if failure else ExportStatus.QUEUED,
        failure=failure,
        ended_at=now if failure else None,
    )
    return [] if failure else [export.id]


async def _find_failure(
    connection: BaseDBAsyncClient, schedule: ExportSchedule, parameters: ExportParameters
) -> str | None:
    """Why it cannot be made now, though it could when the schedule was."""
    try:
        await check_export(connection, schedule.account_id, NewExport(schedule.kind, schedule.format, parameters))
        await check_room(connection, schedule.account_id)
    except DomainError as error:
        return error.message
    return None


async def _lock(connection: BaseDBAsyncClient, account_id: int, schedule_id: int) -> ExportSchedule:
    wanted = ExportSchedule.filter(id=schedule_id, account_id=account_id, deleted_at=None)
    row = await wanted.select_for_update().using_db(connection).first()
    if row is None:
        raise NotFoundError("no such export schedule", ("id",))
    return row


async def _check(
    connection: BaseDBAsyncClient, account_id: int, kind: ExportKind, given: ScheduleFields
) -> ScheduleFields:
    parameters = given.parameters
    if parameters.range_start is not None or parameters.range_end is not None:
        message = "a schedule has a preset range, which each of its exports resolves anew"
        raise InvalidInputError(message, ("parameters", "range"))
    await check_export(connection, account_id, NewExport(kind, given.format, parameters))
    return given._replace(name=check_text(given.name, "name", max_chars=200), cron=check_cron(given.cron))


def _store(fields: ScheduleFields) -> dict[str, Any]:
    return {**fields._asdict(), "parameters": store_parameters(fields.parameters)}
