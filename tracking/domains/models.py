"""Tracking domains: the hosts that short links live on. Each belongs to one account (TR2)."""

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault
from tortoise.models import Model

from tracking.accounts.models import Account


class TrackingDomain(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    host = fields.CharField(max_length=253, description="lower case, punycode, no port, no trailing dot")
    verified_at = fields.DatetimeField(null=True)
    has_tls = fields.BooleanField(default=False)
    is_default = fields.BooleanField(default=False)
    verification_token = fields.CharField(
        max_length=64, null=True, description="value of the TXT record that proves it"
    )
    checked_at = fields.DatetimeField(null=True)
    failed_checks = fields.IntField(default=0, db_default=0, description="in a row, since the record was last seen")
    points_here = fields.BooleanField(
        null=True, description="whether its address records lead here; null: not looked yet"
    )
    found_records: dict[str, list[str]] = fields.JSONField(
        default=dict, db_default=SqlDefault("'{}'"), description="what the last check saw, by record type"
    )
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "tracking_domain"
