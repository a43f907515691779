"""Offers: what a link sells. What an offer pays is a matter of conversions."""

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class Offer(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    external_id = fields.CharField(max_length=200, null=True, description="the brand's own id of the offer")
    destination_url = fields.CharField(max_length=2048)
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "offer"
