"""Links. Account, campaign, creator, message, slot, contact, offer and sharer of a link never change after creation,
but that nobody takes the place of a contact who is erased.
"""

from enum import StrEnum

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.models import Model

from tracking.accounts.models import Account
from tracking.bots.policies.rules import BotMode
from tracking.campaigns.models import Campaign, TrackingDeliverable
from tracking.creators.models import Creator
from tracking.domains.models import TrackingDomain
from tracking.links.query_policy import QueryPolicy as QueryPolicy  # noqa: PLC0414 -- with the other enums of columns


class LinkKind(StrEnum):
    CAMPAIGN = "CAMPAIGN"
    CREATOR = "CREATOR"
    CUSTOM = "CUSTOM"
    SYSTEM = "SYSTEM"
    RECIPIENT = "RECIPIENT"


class SystemLinkKind(StrEnum):
    """What a SYSTEM link is for; made when its URL is set (IM1, IM4)."""

    CAMPAIGN_JOIN = "CAMPAIGN_JOIN"
    OPT_IN = "OPT_IN"
    ACTION_PAGE = "ACTION_PAGE"
    SHARE = "SHARE"


class Link(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    domain: fields.ForeignKeyRelation[TrackingDomain] = fields.ForeignKeyField(
        "tracking.TrackingDomain", on_delete=fields.RESTRICT
    )
    domain_id: int
    slug = fields.CharField(max_length=100)
    is_readable = fields.BooleanField(default=False, description="lower case, found in any case")
    kind = fields.CharEnumField(LinkKind, max_length=16)
    system_kind = fields.CharEnumField(SystemLinkKind, max_length=16, null=True)
    query_policy = fields.CharEnumField(QueryPolicy, max_length=16, default=QueryPolicy.IGNORE, db_default="IGNORE")
    is_test = fields.BooleanField(default=False, db_default=False, description="every click on it is of class TEST")
    is_honeypot = fields.BooleanField(default=False, db_default=False, description="no person sees it")
    bot_mode = fields.CharEnumField(BotMode, max_length=8, null=True, description="null: the campaign's, the account's")
    destination_url = fields.CharField(max_length=2048)
    is_destination_overridden = fields.BooleanField(default=False)
    label = fields.CharField(max_length=200, default="")
    tags: list[str] = ArrayField("text", default=list)
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "tracking.Campaign", null=True, on_delete=fields.RESTRICT
    )
    campaign_id: int | None
    creator: fields.ForeignKeyNullableRelation[Creator] = fields.ForeignKeyField(
        "tracking.Creator", null=True, on_delete=fields.RESTRICT
    )
    creator_id: int | None
    deliverable: fields.ForeignKeyNullableRelation[TrackingDeliverable] = fields.ForeignKeyField(
        "tracking.TrackingDeliverable", null=True, on_delete=fields.RESTRICT
    )
    deliverable_id: int | None
    message_id = fields.BigIntField(null=True)
    slot = fields.SmallIntField(null=True)
    contact_id = fields.BigIntField(null=True)
    offer_id = fields.BigIntField(null=True)
    sharer_id = fields.BigIntField(null=True, description="the user who is credited for its clicks")
    referring_contact_id = fields.BigIntField(null=True, description="whose SHARE link it is; visitors are anybody")
    is_destination_broken = fields.BooleanField(
        null=True, description="what the last check found; null: not looked yet"
    )
    destination_checked_at = fields.DatetimeField(null=True)
    destination_finding = fields.CharField(max_length=200, null=True, description="why it counts as broken")
    replaced_by: fields.ForeignKeyNullableRelation["Link"] = fields.ForeignKeyField(
        "tracking.Link", null=True, on_delete=fields.RESTRICT, related_name="replaces"
    )
    replaced_by_id: int | None
    archived_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True, description="of a CUSTOM link: stopped and hidden, its clicks stay")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "link"
        unique_together = (("domain_id", "slug"),)
