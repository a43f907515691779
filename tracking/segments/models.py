"""Segments: contacts by what they did with messages, for the next message (TR18)."""

from typing import Any

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class Segment(Model):
    """A question, not a list: who is in it is found when it is asked."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    definition: dict[str, Any] = fields.JSONField(description="messages, and what was done with them")
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "segment"
