"""Campaigns, the creators in them, and the deliverables that generate one link per creator (LO1, LS1)."""

from enum import StrEnum

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from tracking.accounts.models import Account
from tracking.bots.policies.rules import BotMode
from tracking.creators.models import Creator, Platform
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


class EndBehaviour(StrEnum):
    """What links do once their campaign is over."""

    CONTINUE = "CONTINUE"
    FALLBACK = "FALLBACK"


class Campaign(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    status = fields.CharEnumField(CampaignStatus, max_length=16, default=CampaignStatus.DRAFT)
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    tags: list[str] = ArrayField("text", default=list)
    external_id = fields.CharField(max_length=200, null=True, description="the brand's own id of the campaign")
    end_behaviour = fields.CharEnumField(
        EndBehaviour, max_length=16, default=EndBehaviour.CONTINUE, db_default="CONTINUE"
    )
    fallback_url = fields.CharField(max_length=2048, null=True, description="where links lead once it is over")
    domain: fields.ForeignKeyNullableRelation[TrackingDomain] = fields.ForeignKeyField(
        "tracking.TrackingDomain", null=True, on_delete=fields.RESTRICT, description="of new links; else the default"
    )
    domain_id: int | None
    join_url = fields.CharField(max_length=2048, null=True, description="where its CAMPAIGN_JOIN link leads")
    opt_in_url = fields.CharField(max_length=2048, null=True, description="where its OPT_IN link leads")
    bot_mode = fields.CharEnumField(BotMode, max_length=8, null=True, description="null: the account's")
    attribution_window_s = fields.BigIntField(null=True, description="null: the account's")
    counted_kinds: list[str] | None = ArrayField("text", null=True, description="null: the account's")
    interstitial = fields.TextField(null=True, description="as of accounts; null: the account's")
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
    profile_id = fields.BigIntField(null=True, description="whose followers are the audience; null: found by rule")
    deal_currency = fields.CharField(max_length=3, null=True, description="ISO 4217; null: no deal is noted")
    flat_fee_minor = fields.BigIntField(null=True)
    gift_value_minor = fields.BigIntField(null=True)
    commission_rate = fields.DecimalField(max_digits=7, decimal_places=6, null=True, description="of revenue, 0 to 1")
    commission_minor = fields.BigIntField(null=True, description="for each conversion")

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


class Post(Model):
    """What a creator published for a campaign, and the links that it carries (CU8)."""

    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    campaign_creator: fields.ForeignKeyRelation[CampaignCreator] = fields.ForeignKeyField(
        "tracking.CampaignCreator", on_delete=fields.RESTRICT
    )
    campaign_creator_id: int
    platform = fields.CharEnumField(Platform, max_length=16)
    url = fields.CharField(max_length=2048)
    published_at = fields.DatetimeField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "post"
        unique_together = (("campaign_creator_id", "url"),)


class PostLink(Model):
    id = fields.BigIntField(primary_key=True)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField("tracking.Post", on_delete=fields.CASCADE)
    post_id: int
    link_id = fields.BigIntField()

    class Meta:
        table = "post_link"
        unique_together = (("post_id", "link_id"),)
