"""Coupon codes: what tells whose audience bought where no click can be followed."""

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account
from tracking.links.models import Link


class Coupon(Model):
    """A code is in use once in an account, in any case; an archived one may be given to another link."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    code = fields.CharField(max_length=64)
    link: fields.ForeignKeyRelation[Link] = fields.ForeignKeyField("tracking.Link", on_delete=fields.RESTRICT)
    link_id: int
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "coupon"
