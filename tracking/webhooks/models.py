"""Webhook endpoints: what is sent where, and the secrets that sign it. Deliveries are plain SQL: 0011_webhooks."""

import datetime as dt
from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class EndpointStatus(StrEnum):
    """Nothing is queued for an endpoint that is not ENABLED; DISABLED is what we did, PAUSED what its owner did."""

    ENABLED = "ENABLED"
    PAUSED = "PAUSED"
    DISABLED = "DISABLED"


class DisabledReason(StrEnum):
    GONE = "GONE"
    FAILING = "FAILING"


class WebhookEndpoint(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    url = fields.CharField(max_length=2000)
    event_types: list[str] = fields.JSONField(description="names of EventType")
    wanted: dict[str, Any] = fields.JSONField(description="ids as numbers; empty: everything of the account")
    batch_max_events = fields.SmallIntField(default=1, description="1: each event by itself")
    batch_max_wait_ms = fields.IntField(default=0)
    status = fields.CharEnumField(EndpointStatus, max_length=16, default=EndpointStatus.ENABLED)
    disabled_reason = fields.CharEnumField(DisabledReason, max_length=16, null=True)
    disabled_at = fields.DatetimeField(null=True)
    failing_since = fields.DatetimeField(null=True, description="the first failure after which nothing succeeded")
    last_failure_at = fields.DatetimeField(null=True, description="or somewhat earlier")
    not_before = fields.DatetimeField(null=True, description="it asked for patience until then")
    last_success_at = fields.DatetimeField(null=True)
    starts_after = fields.BigIntField(default=0, description="position of the event log: only later events are its own")
    actor_kind = fields.CharField(max_length=16, default="SYSTEM", description="who made it")
    actor_id = fields.BigIntField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    created_at: dt.datetime = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "webhook_endpoint"


class WebhookSecret(Model):
    """Several sign while one is rotated."""

    id = fields.BigIntField(primary_key=True)
    endpoint: fields.ForeignKeyRelation[WebhookEndpoint] = fields.ForeignKeyField(
        "tracking.WebhookEndpoint", on_delete=fields.RESTRICT
    )
    endpoint_id: int
    sealed_secret = fields.BinaryField(description="empty once it signs no more")
    hint = fields.CharField(max_length=8, description="its last characters")
    created_at: dt.datetime = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True, description="it signs until then")

    class Meta:
        table = "webhook_secret"


class ReplayStatus(StrEnum):
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class WebhookReplay(Model):
    """A range of the event log, told to one endpoint once more."""

    id = fields.BigIntField(primary_key=True)
    endpoint: fields.ForeignKeyRelation[WebhookEndpoint] = fields.ForeignKeyField(
        "tracking.WebhookEndpoint", on_delete=fields.RESTRICT
    )
    endpoint_id: int
    from_at = fields.DatetimeField(description="of what was logged from then on")
    to_at = fields.DatetimeField(description="until before then")
    position = fields.BigIntField(description="of the event log: so far it is queued")
    told = fields.IntField(default=0, db_default=0, description="how many ids of the event after that are queued too")
    until_position = fields.BigIntField()
    status = fields.CharEnumField(ReplayStatus, max_length=16, default=ReplayStatus.RUNNING)
    events_queued = fields.BigIntField(default=0)
    actor_kind = fields.CharField(max_length=16, default="SYSTEM", description="who asked for it")
    actor_id = fields.BigIntField(null=True)
    created_at: dt.datetime = fields.DatetimeField(auto_now_add=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "webhook_replay"
