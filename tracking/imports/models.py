"""Imports: a file of rows, its progress, and every row that could not be taken (CU11)."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class ImportKind(StrEnum):
    CREATORS = "CREATORS"
    CAMPAIGN_CREATORS = "CAMPAIGN_CREATORS"
    LINKS = "LINKS"
    CONTACTS = "CONTACTS"
    CONVERSIONS = "CONVERSIONS"


class ImportFormat(StrEnum):
    CSV = "CSV"
    JSON_LINES = "JSON_LINES"


class ImportStatus(StrEnum):
    AWAITING_UPLOAD = "AWAITING_UPLOAD"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Import(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    kind = fields.CharEnumField(ImportKind, max_length=20)
    format = fields.CharEnumField(ImportFormat, max_length=12)
    campaign_id = fields.BigIntField(null=True, description="of CAMPAIGN_CREATORS, where no column names it")
    is_dry_run = fields.BooleanField(default=False)
    status = fields.CharEnumField(ImportStatus, max_length=16, default=ImportStatus.AWAITING_UPLOAD)
    failure = fields.CharField(max_length=500, null=True)
    actor_kind = fields.CharField(max_length=16, default="SYSTEM", description="who asked for it, for the history")
    actor_id = fields.BigIntField(null=True)
    upload_expires_at = fields.DatetimeField()
    upload_attempt = fields.UUIDField(null=True, description="whose chunks are the file; null until it is complete")
    size_bytes = fields.BigIntField(null=True)
    sha256 = fields.BinaryField(null=True)
    columns: list[str] | None = fields.JSONField(null=True, description="the header as it came, once it was read")
    rows_total = fields.BigIntField(null=True)
    rows_done = fields.BigIntField(default=0)
    created = fields.BigIntField(default=0)
    updated = fields.BigIntField(default=0)
    unchanged = fields.BigIntField(default=0)
    bad = fields.BigIntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    started_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "import"


class ImportChunk(Model):
    """A piece of what one attempt uploaded; deleted once the import has ended."""

    id = fields.BigIntField(primary_key=True)
    of_import: fields.ForeignKeyRelation[Import] = fields.ForeignKeyField("tracking.Import", on_delete=fields.CASCADE)
    of_import_id: int
    attempt = fields.UUIDField()
    number = fields.IntField()
    content = fields.BinaryField()

    class Meta:
        table = "import_chunk"
        unique_together = (("of_import_id", "attempt", "number"),)


class ImportProblem(Model):
    """One thing wrong with one row. `row` is the row as it came, for the file of bad rows."""

    id = fields.BigIntField(primary_key=True)
    of_import: fields.ForeignKeyRelation[Import] = fields.ForeignKeyField("tracking.Import", on_delete=fields.CASCADE)
    of_import_id: int
    line = fields.BigIntField(description="from 1, the header's included; of a quoted newline the row's first")
    column = fields.CharField(max_length=64, default="")
    value = fields.CharField(max_length=500, default="")
    code = fields.CharField(max_length=32)
    message = fields.CharField(max_length=500)
    row: list[str] | dict[str, str] | None = fields.JSONField(null=True, description="of the first problem of a row")

    class Meta:
        table = "import_problem"
