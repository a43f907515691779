"""The words of webhooks: enums, and what fields mean that stand in types and inputs alike."""

from typing import Final

import api.clicks.types
import api.events.types
import api.verdicts.types  # noqa: F401 -- as above
from api.conversion_words import Status
from api.enums import publish_enum
from tracking.bots.verdicts import Verdict
from tracking.clicks.filters import Counting
from tracking.events.types import EventType
from tracking.webhooks.models import DisabledReason, EndpointStatus

__all__ = [  # from here they are those that are published
    "Counting",
    "DisabledReason",
    "EndpointStatus",
    "EventType",
    "Status",
    "Verdict",
]

publish_enum(
    EndpointStatus,
    "Whether events are sent to a webhook.",
    {
        EndpointStatus.ENABLED: "They are.",
        EndpointStatus.PAUSED: "Its owner paused it: what happens is not queued, and what waits goes on waiting.",
        EndpointStatus.DISABLED: "We paused it, as `disabledReason` says. Set it ENABLED to go on.",
    },
    name="WebhookStatus",
)
publish_enum(
    DisabledReason,
    "Why we disabled a webhook.",
    {
        DisabledReason.GONE: "It answered 410: nobody wants events there any more.",
        DisabledReason.FAILING: "Nothing could be delivered to it for three days.",
    },
    name="WebhookDisabledReason",
)
FIELDS: Final = {
    "name": "For people, 1 to 200 characters.",
    "url": "Where events are POSTed to: https, port 443 or 80, a host on the public internet.",
    "eventTypes": "What it is told of.",
    "filter": "Which of these events it is told of.",
    "batch": "How events are put together.",
    "status": "Whether events are sent to it.",
}
_OF_THESE: Final = "What happened on any of these {}: clicks, conversions and links. 1 to 1,000."
FILTER_FIELDS: Final = {
    "linkIds": _OF_THESE.format("links"),
    "campaignIds": _OF_THESE.format("campaigns"),
    "creatorIds": _OF_THESE.format("creators"),
    "messageIds": _OF_THESE.format("messages"),
    "offerIds": _OF_THESE.format("offers"),
    "verdicts": "Clicks that were recorded with any of these verdicts. Later changes are told whatever they are.",
    "counting": "Clicks that were recorded counting as any of these. Later changes are told whatever they are.",
    "statuses": "Conversions that were recorded with any of these statuses. Later changes are told whatever they are.",
}
BATCH_FIELDS: Final = {
    "maxEvents": "How many events are sent together at most, 1 to 100. 1: each by itself, not as a batch.",
    "maxWaitSeconds": "How long the first of them may wait for others, 0 to 60 seconds.",
}
