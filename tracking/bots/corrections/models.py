"""Corrections of what clicks were judged as: asked for by a person, compared first, applied by the worker."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class CorrectionKind(StrEnum):
    """RESCORE judges again by a ruleset and today's policy; RECLASSIFY sets a person's verdict; UNDO takes one back."""

    RESCORE = "RESCORE"
    RECLASSIFY = "RECLASSIFY"
    UNDO = "UNDO"


class CorrectionStatus(StrEnum):
    """A dry run ends as COMPARED."""

    COMPARING = "COMPARING"
    COMPARED = "COMPARED"
    APPLYING = "APPLYING"
    APPLIED = "APPLIED"
    FAILED = "FAILED"


class Correction(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    kind = fields.CharEnumField(CorrectionKind, max_length=16)
    status = fields.CharEnumField(CorrectionStatus, max_length=16, default=CorrectionStatus.COMPARING)
    is_dry_run = fields.BooleanField()
    wanted = fields.TextField(description="JSON of the clicks that are meant")
    ruleset = fields.SmallIntField(null=True, description="of a RESCORE")
    verdict = fields.SmallIntField(null=True, description="of a RECLASSIFY")
    note = fields.CharField(max_length=500, default="")
    actor_kind = fields.CharField(max_length=16, default="SYSTEM", description="who asked for it")
    actor_id = fields.BigIntField(null=True)
    undoes_id = fields.BigIntField(null=True, description="the RECLASSIFY that an UNDO takes back")
    until_click_id = fields.UUIDField(description="later clicks are not meant")
    stored_since = fields.DatetimeField(null=True, description="of the account's oldest click that was still stored")
    compared_to = fields.UUIDField(null=True, description="the last click that was compared")
    applied_to = fields.UUIDField(null=True, description="the last click that was applied")
    examined_clicks = fields.BigIntField(default=0)
    changing_clicks = fields.BigIntField(default=0, description="by the comparison")
    applied_clicks = fields.BigIntField(default=0)
    failure = fields.CharField(max_length=500, null=True)
    requested_at = fields.DatetimeField(auto_now_add=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "correction"


class CorrectionChange(Model):
    """What a correction does to the counts of one creator in one campaign."""

    id = fields.BigIntField(primary_key=True)
    correction: fields.ForeignKeyRelation[Correction] = fields.ForeignKeyField(
        "tracking.Correction", on_delete=fields.CASCADE, related_name="changes"
    )
    correction_id: int
    campaign_id = fields.BigIntField(null=True)
    creator_id = fields.BigIntField(null=True)
    amounts = fields.TextField(description="JSON: by the name of a counter, what it was and what is added to it")

    class Meta:
        table = "correction_change"
