"""Accounts and the keys that open them."""

from enum import StrEnum

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model


class AttributionModel(StrEnum):
    FIRST_CLICK = "FIRST_CLICK"
    LAST_CLICK = "LAST_CLICK"


class Scope(StrEnum):
    READ = "READ"
    WRITE = "WRITE"
    ADMIN = "ADMIN"


class Account(Model):
    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=200)
    slug = fields.CharField(max_length=63, unique=True, description="label of <slug>.localhost in the embedded default")
    timezone = fields.CharField(max_length=64, default="UTC", description="IANA name; fixed once a click is stored")
    currency = fields.CharField(max_length=3, default="USD", description="ISO 4217")
    attribution_model = fields.CharEnumField(AttributionModel, max_length=16, default=AttributionModel.FIRST_CLICK)
    attribution_window_s = fields.BigIntField(default=28 * 24 * 3600)
    retention_days = fields.IntField(default=400, description="how long single clicks are kept; rollups stay for ever")
    creator_parameter = fields.CharField(max_length=64, default="creator")
    uses_visitor_cookie = fields.BooleanField(default=False)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "account"


class ApiKey(Model):
    """A key is shown once; only its SHA-256 is kept. The prefix finds the row, the hash decides."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    prefix = fields.CharField(max_length=16, unique=True)
    secret_sha256 = fields.BinaryField()
    scopes: list[str] = ArrayField("text")
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key"


class IdempotentRequest(Model):
    """The answer to a mutation that carried an idempotency key: the same key and input answer the same again."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    key = fields.CharField(max_length=255)
    operation = fields.CharField(max_length=64)
    input_sha256 = fields.BinaryField()
    result_ids: list[int] = ArrayField("bigint")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "idempotent_request"
        unique_together = (("account_id", "operation", "key"),)
