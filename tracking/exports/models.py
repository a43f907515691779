"""Exports: a report or the rows behind it as a file, made by a job, kept for a while (IM16 to IM21)."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class ExportKind(StrEnum):
    LINKS_SUMMARY = "LINKS_SUMMARY"
    ACTIONS_ALL_TYPES = "ACTIONS_ALL_TYPES"
    USER_ACTIVITY_ALL = "USER_ACTIVITY_ALL"
    USER_ACTIVITY_BY_TYPE = "USER_ACTIVITY_BY_TYPE"
    CONTACTS = "CONTACTS"
    CREATOR_PROFILE = "CREATOR_PROFILE"
    CAMPAIGN_PERFORMANCE = "CAMPAIGN_PERFORMANCE"
    CLICKS = "CLICKS"
    CONVERSIONS = "CONVERSIONS"
    PAYOUTS = "PAYOUTS"
    SEGMENT = "SEGMENT"


class ExportFormat(StrEnum):
    CSV = "CSV"
    JSON_LINES = "JSON_LINES"
    XLSX = "XLSX"
    PARQUET = "PARQUET"


class ExportStatus(StrEnum):
    """EXPIRED is a completed one whose file is kept no more."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


class ExportSchedule(Model):
    """Asks for an export again and again, by the clock of the account's time zone."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    kind = fields.CharEnumField(ExportKind, max_length=24)
    format = fields.CharEnumField(ExportFormat, max_length=12)
    parameters: dict[str, Any] = fields.JSONField(description="as of exports; a preset range is resolved at each run")
    cron = fields.CharField(max_length=100, description="minute, hour, day of month, month, day of week")
    is_paused = fields.BooleanField(default=False)
    next_run_at = fields.DatetimeField(null=True, description="null: never again")
    last_run_at = fields.DatetimeField(null=True)
    actor_kind = fields.CharField(max_length=16, default="SYSTEM", description="who made it")
    actor_id = fields.BigIntField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "export_schedule"


class Export(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    kind = fields.CharEnumField(ExportKind, max_length=24)
    format = fields.CharEnumField(ExportFormat, max_length=12)
    parameters: dict[str, Any] = fields.JSONField(description="as they were asked for, ids as numbers, ranges resolved")
    schedule: fields.ForeignKeyNullableRelation[ExportSchedule] = fields.ForeignKeyField(
        "tracking.ExportSchedule", null=True, on_delete=fields.RESTRICT
    )
    schedule_id: int | None
    due_at = fields.DatetimeField(null=True, description="of a schedule's: the run that it is, once each")
    status = fields.CharEnumField(ExportStatus, max_length=16, default=ExportStatus.QUEUED)
    failure = fields.CharField(max_length=500, null=True)
    actor_kind = fields.CharField(max_length=16, default="SYSTEM", description="who asked for it")
    actor_id = fields.BigIntField(null=True)
    attempt = fields.UUIDField(null=True, description="of those that tried, the last: its chunks are the file")
    rows_total = fields.BigIntField(null=True, description="an estimate while it runs")
    rows_done = fields.BigIntField(default=0)
    size_bytes = fields.BigIntField(null=True)
    sha256 = fields.BinaryField(null=True)
    as_of = fields.DatetimeField(null=True, description="what was received until then is in it")
    expires_at = fields.DatetimeField(null=True, description="when its file is deleted")
    created_at = fields.DatetimeField(auto_now_add=True)
    started_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "export"
        unique_together = (("schedule_id", "due_at"),)


class ExportChunk(Model):
    """A piece of what one attempt wrote, compressed by itself, so that a download may begin at any byte."""

    id = fields.BigIntField(primary_key=True)
    export: fields.ForeignKeyRelation[Export] = fields.ForeignKeyField("tracking.Export", on_delete=fields.CASCADE)
    export_id: int
    attempt = fields.UUIDField()
    number = fields.IntField()
    first_byte = fields.BigIntField()
    size_bytes = fields.IntField(description="of what it holds, not compressed")
    content = fields.BinaryField(description="zlib")

    class Meta:
        table = "export_chunk"
        unique_together = (("export_id", "attempt", "number"),)
