"""Creatives: what a message looks like, so that messages can be compared by it (TR20)."""

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class Creative(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    external_id = fields.CharField(max_length=200, null=True, description="the brand's own id of the creative")
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "creative"
