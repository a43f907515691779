"""Accounts and the keys that open them."""

from enum import StrEnum

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.db_defaults import SqlDefault
from tortoise.models import Model

from tracking.bots.policies.rules import BotMode
from tracking.conversions.kinds import list_counted_by_default


class AttributionModel(StrEnum):
    FIRST_CLICK = "FIRST_CLICK"
    LAST_CLICK = "LAST_CLICK"


class Scope(StrEnum):
    READ = "READ"
    WRITE = "WRITE"
    ADMIN = "ADMIN"


class Role(StrEnum):
    """What a person of the account may do: each role is the scope of the same rank."""

    ADMIN = "ADMIN"
    EDITOR = "EDITOR"
    VIEWER = "VIEWER"


class Account(Model):
    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=200)
    slug = fields.CharField(max_length=63, unique=True, description="label of <slug>.localhost in the embedded default")
    timezone = fields.CharField(max_length=64, default="UTC", description="IANA name; fixed once a click is stored")
    timezone_fixed_at = fields.DatetimeField(null=True, description="set with the first click")
    currency = fields.CharField(max_length=3, default="USD", description="ISO 4217")
    attribution_model = fields.CharEnumField(AttributionModel, max_length=16, default=AttributionModel.FIRST_CLICK)
    attribution_window_s = fields.BigIntField(default=28 * 24 * 3600)
    retention_days = fields.IntField(default=400, description="how long single clicks are kept; rollups stay for ever")
    creator_parameter = fields.CharField(max_length=64, default="creator")
    uses_visitor_cookie = fields.BooleanField(default=False)
    allowed_origins: list[str] = ArrayField(
        "text", default=list, db_default=SqlDefault("'{}'"), description="of browsers, such as https://app.example"
    )
    bot_mode = fields.CharEnumField(
        BotMode, max_length=8, default=BotMode.LABEL, db_default="LABEL", description="as in its newest policy"
    )
    counted_kinds: list[str] = ArrayField(
        "text",
        default=list_counted_by_default,
        db_default=SqlDefault("'{LEAD,SALE,INSTALL,SIGNUP,CUSTOM}'"),
        description="what `conversions` counts: names of tracking.conversions.kinds.ConversionKind",
    )
    approves_unverified = fields.BooleanField(default=False, db_default=False, description="nobody looks at them first")
    cap_per_link_hour = fields.IntField(
        default=10_000, db_default=10_000, description="of conversions that no server proved, before a person looks"
    )
    snippet_origins: list[str] = ArrayField(
        "text", default=list, db_default=SqlDefault("'{}'"), description="where the snippets may run; none: anywhere"
    )
    conversions_since = fields.DatetimeField(
        null=True, description="the first snippet key, secret or conversion (LO16)"
    )
    interstitial = fields.TextField(null=True, description="JSON of tracking.interstitials.rules.Interstitial")
    branding = fields.TextField(null=True, description="JSON of tracking.interstitials.rules.Branding, for our pages")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "account"


class User(Model):
    """A person of the account; may share links, and be credited with their clicks (IM6, IM11)."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    external_id = fields.CharField(max_length=200, null=True, description="the brand's own id of the person")
    role = fields.CharEnumField(Role, max_length=16, default=Role.VIEWER)
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "user_of_account"


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
    answer = fields.TextField(null=True, description="JSON, of mutations that answer more than ids")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "idempotent_request"
        unique_together = (("account_id", "operation", "key"),)
