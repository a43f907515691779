"""Creators, their profiles on platforms, and follower counts with the day they were read (CU5)."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class Platform(StrEnum):
    INSTAGRAM = "INSTAGRAM"
    TIKTOK = "TIKTOK"
    YOUTUBE = "YOUTUBE"
    X = "X"
    FACEBOOK = "FACEBOOK"
    SNAPCHAT = "SNAPCHAT"
    PINTEREST = "PINTEREST"
    TWITCH = "TWITCH"
    LINKEDIN = "LINKEDIN"
    THREADS = "THREADS"
    PODCAST = "PODCAST"
    BLOG = "BLOG"
    NEWSLETTER = "NEWSLETTER"
    OTHER = "OTHER"


class Creator(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    public_id = fields.CharField(
        max_length=16, unique=True, description="opaque; stands in destinations where no member id is set"
    )
    handle = fields.CharField(max_length=100)
    name = fields.CharField(max_length=200, default="")
    external_id = fields.CharField(max_length=200, null=True, description="the brand's own member id")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "creator"


class NoticeKind(StrEnum):
    LINK_ARCHIVED = "LINK_ARCHIVED"
    LINK_REPLACED = "LINK_REPLACED"
    LINK_DESTINATION_BROKEN = "LINK_DESTINATION_BROKEN"


class CreatorNotice(Model):
    """What a creator should know about a link of theirs (LS8)."""

    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    creator: fields.ForeignKeyRelation[Creator] = fields.ForeignKeyField("tracking.Creator", on_delete=fields.RESTRICT)
    creator_id: int
    kind = fields.CharEnumField(NoticeKind, max_length=32)
    link_id = fields.BigIntField()
    replacement_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "creator_notice"


class CreatorProfile(Model):
    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    creator: fields.ForeignKeyRelation[Creator] = fields.ForeignKeyField("tracking.Creator", on_delete=fields.RESTRICT)
    creator_id: int
    platform = fields.CharEnumField(Platform, max_length=16)
    handle = fields.CharField(max_length=100)
    url = fields.CharField(max_length=2048, null=True)

    class Meta:
        table = "creator_profile"
        unique_together = (("creator_id", "platform", "handle"),)


class FollowerCount(Model):
    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    profile: fields.ForeignKeyRelation[CreatorProfile] = fields.ForeignKeyField(
        "tracking.CreatorProfile", on_delete=fields.RESTRICT
    )
    profile_id: int
    counted_on = fields.DateField()
    followers = fields.BigIntField()

    class Meta:
        table = "follower_count"
        unique_together = (("profile_id", "counted_on"),)
