"""Statements: what a period of a campaign came to, closed for ever; what changes later is the next one's adjustment."""

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign


class Statement(Model):
    """A trigger refuses changes. `content` is the text that was hashed, byte for byte."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField(
        "tracking.Campaign", on_delete=fields.RESTRICT
    )
    campaign_id: int
    number = fields.IntField(description="from 1, in each campaign")
    starts_at = fields.DatetimeField(description="inclusive")
    ends_at = fields.DatetimeField(description="exclusive")
    content = fields.TextField(description="canonical JSON")
    sha256 = fields.BinaryField(description="of the content, which says the hash of the one before")
    actor_kind = fields.CharField(max_length=16)
    actor_id = fields.BigIntField(null=True)
    closed_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "statement"
        unique_together = (("campaign_id", "number"),)
