"""Tracking domains: the hosts that short links live on. Each belongs to one account (TR2)."""

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class TrackingDomain(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    host = fields.CharField(max_length=253, unique=True, description="lower case, punycode, no port, no trailing dot")
    verified_at = fields.DatetimeField(null=True)
    has_tls = fields.BooleanField(default=False)
    is_default = fields.BooleanField(default=False)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "tracking_domain"
