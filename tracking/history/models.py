"""Who changed what: one row for each change to a link, a policy, a deal, a setting or money."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model


class ActorKind(StrEnum):
    API_KEY = "API_KEY"
    USER = "USER"
    CREATOR = "CREATOR"
    SYSTEM = "SYSTEM"


class HistoryEntry(Model):
    """Append-only. `before` and `after` hold only the fields that changed, by their names in the graph."""

    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    at = fields.DatetimeField()
    actor_kind = fields.CharEnumField(ActorKind, max_length=16)
    actor_id = fields.BigIntField(null=True)
    subject_type = fields.CharField(max_length=32, description="the type's name in the graph")
    subject_id = fields.BigIntField()
    action = fields.CharField(max_length=32)
    before: Any = fields.JSONField(null=True)
    after: Any = fields.JSONField(null=True)

    class Meta:
        table = "history_entry"
