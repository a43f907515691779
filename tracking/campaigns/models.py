"""Campaigns, the creators in them, and the deliverables that generate one link per creator (LO1, LS1)."""

from enum import StrEnum

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from tracking.accounts.models import Account
from tracking.creators.models import Creator
from tracking.domains.models import TrackingDomain


class CampaignStatus(StrEnum):
    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    ARCHIVED = "ARCHIVED"


class Stage(StrEnum):
    """Where a creator stands in a campaign. Links exist from ACCEPTED on (LS2)."""

    APPLIED = "APPLIED"
    ACCEPTED = "ACCEPTED"
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    DECLINED = "DECLINED"


class Campaign(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    status = fields.CharEnumField(CampaignStatus, max_length=16, default=CampaignStatus.DRAFT)
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    tags: list[str] = ArrayField("text", default=list)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "campaign"


class CampaignCreator(Model):
    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField(
        "tracking.Campaign", on_delete=fields.RESTRICT
    )
    campaign_id: int
    creator: fields.ForeignKeyRelation[Creator] = fields.ForeignKeyField("tracking.Creator", on_delete=fields.RESTRICT)
    creator_id: int
    stage = fields.CharEnumField(Stage, max_length=16, default=Stage.APPLIED)
    added_at = fields.DatetimeField(auto_now_add=True)
    stage_changed_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "campaign_creator"
        unique_together = (("campaign_id", "creator_id"),)


class TrackingDeliverable(Model):
    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    campaign: fields.ForeignKeyRelation[Campaign] = fields.ForeignKeyField(
        "tracking.Campaign", on_delete=fields.RESTRICT
    )
    campaign_id: int
    domain: fields.ForeignKeyRelation[TrackingDomain] = fields.ForeignKeyField(
        "tracking.TrackingDomain", on_delete=fields.RESTRICT
    )
    domain_id: int
    name = fields.CharField(max_length=200)
    destination_url = fields.CharField(max_length=2048)
    slug_template = fields.CharField(
        max_length=100, null=True, description="such as {campaign}-{creator}; else random slugs"
    )
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "tracking_deliverable"
