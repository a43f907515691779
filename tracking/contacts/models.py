"""Contacts: the people that messages go to, by an id of the brand's own. Nothing of them enters a click (rule 10)."""

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class Contact(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    external_id = fields.CharField(max_length=200)
    name = fields.CharField(max_length=200, default="")
    share_url = fields.CharField(max_length=2048, null=True, description="where the contact's own SHARE link leads")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "contact"
        unique_together = (("account_id", "external_id"),)
