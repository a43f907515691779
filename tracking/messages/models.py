"""Messages: a text with links, prepared for its recipients here and sent by somebody else (TR1, TR5, IM15)."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class Channel(StrEnum):
    BROADCAST_SMS = "BROADCAST_SMS"
    PEER_TO_PEER = "PEER_TO_PEER"
    FRIEND_TO_FRIEND = "FRIEND_TO_FRIEND"
    EMAIL = "EMAIL"
    SOCIAL = "SOCIAL"
    OPEN_WEBPAGE = "OPEN_WEBPAGE"


class MessageStatus(StrEnum):
    PREPARING = "PREPARING"
    PREPARED = "PREPARED"
    FAILED = "FAILED"


class DeliveryStatus(StrEnum):
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    BOUNCED = "BOUNCED"


class Message(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    channel = fields.CharEnumField(Channel, max_length=20)
    template = fields.TextField(description="with merge tags")
    campaign_id = fields.BigIntField(null=True)
    creative_id = fields.BigIntField(null=True)
    variant = fields.CharField(max_length=64, default="", description="of an A/B test, such as A")
    sharer_id = fields.BigIntField(null=True, description="the user who sends it, credited with its clicks (IM11)")
    domain_id = fields.BigIntField(description="that its links live on")
    tracks_plain_urls = fields.BooleanField(default=False)
    action_page_url = fields.CharField(max_length=2048, null=True, description="where its ACTION_PAGE link leads")
    opt_out_url = fields.CharField(
        max_length=2048, null=True, description="where {{ opt_out }} leads, untracked (TR24)"
    )
    status = fields.CharEnumField(MessageStatus, max_length=16, default=MessageStatus.PREPARING)
    failure = fields.CharField(max_length=500, null=True)
    is_html = fields.BooleanField(default=False, description="what is put into the text is escaped for HTML")
    every_contact_until = fields.BigIntField(
        null=True, description="for every contact up to this id, which are added bit by bit"
    )
    every_contact_done = fields.BigIntField(default=0, description="how far that has come")
    segment_definition: dict[str, Any] | None = fields.JSONField(
        null=True, description="of every contact only those whom this meant"
    )
    segment_at = fields.DatetimeField(null=True, description="at this moment")
    recipients = fields.BigIntField(default=0)
    prepared = fields.BigIntField(default=0, description="how many recipients have their links")
    prepared_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "message"


class MessageSlot(Model):
    """A place in the text for a link of its own per recipient, or for the one link that every recipient gets."""

    id = fields.BigIntField(primary_key=True)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField("tracking.Message", on_delete=fields.CASCADE)
    message_id: int
    number = fields.SmallIntField(description="from 1")
    tag = fields.CharField(max_length=200, description="what stands in the template for it")
    destination_url = fields.CharField(max_length=2048)
    offer_id = fields.BigIntField(null=True)
    deliverable_id = fields.BigIntField(null=True, description="whose links creators get, each their own")
    is_honeypot = fields.BooleanField(default=False, db_default=False, description="no person sees its links")

    class Meta:
        table = "message_slot"
        unique_together = (("message_id", "number"),)


class MessageRecipient(Model):
    """A contact, or a creator, that a message was prepared for; `position` is the order they were named in."""

    id = fields.BigIntField(primary_key=True)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField("tracking.Message", on_delete=fields.CASCADE)
    message_id: int
    position = fields.IntField()
    contact_id = fields.BigIntField(null=True)
    creator_id = fields.BigIntField(null=True)
    is_prepared = fields.BooleanField(default=False)

    class Meta:
        table = "message_recipient"
        unique_together = (("message_id", "position"),)


class Delivery(Model):
    """What the sender told of one recipient; a later report of the same one replaces an earlier."""

    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField("tracking.Message", on_delete=fields.CASCADE)
    message_id: int
    contact_id = fields.BigIntField()
    status = fields.CharEnumField(DeliveryStatus, max_length=16)
    at = fields.DatetimeField()

    class Meta:
        table = "delivery"
        unique_together = (("message_id", "contact_id"),)
