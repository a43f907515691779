"""Erasures: what is forgotten of a person who asked for it, and how far that is (rule 12).

Which visitors they are about is in a table of plain SQL, `erased_visitor`, as whoever stores clicks reads it.
"""

from enum import StrEnum

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from tracking.accounts.models import Account


class ErasureStatus(StrEnum):
    """A COMPLETED one still looks for clicks that come late, until `watched_until`."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"


class ErasureKind(StrEnum):
    """Whom it is about."""

    CONTACT = "CONTACT"
    VISITOR = "VISITOR"


class Erasure(Model):
    """What it looks for is told here until it is done, and who it was until nothing can come late any more."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    status = fields.CharEnumField(ErasureStatus, max_length=16, default=ErasureStatus.RUNNING)
    contact_id = fields.BigIntField(null=True, description="whom it is about; null once nothing can come late")
    stand_in_id: int | None = fields.BigIntField(
        null=True, description="a random number in the contact's place: no contact has it; null: it is about a visitor"
    )
    needles: list[str] = ArrayField("text", default=list, description="texts that name the contact; empty once done")
    user_agent_ids: list[int] = ArrayField("bigint", default=list, description="that nobody may use any more")
    counts: dict[str, int] = fields.JSONField(default=dict, description="rows that were blanked, by place")
    actor_kind = fields.CharField(max_length=16, default="SYSTEM", description="who asked for it")
    actor_id = fields.BigIntField(null=True)
    requested_at = fields.DatetimeField(auto_now_add=True)
    completed_at = fields.DatetimeField(null=True)
    watched_until = fields.DatetimeField(description="a click of the contact may be stored until then")

    class Meta:
        table = "erasure"
        unique_together = (("account_id", "contact_id"),)
