"""Which evidence clicks have by what their neighbours did: of all detectors but that of velocity. Pure.

A click's evidence is a function of the clicks around it, whatever order they were stored in. So it can also go away:
when a click comes late, its neighbours are looked at again.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Final, NamedTuple
from uuid import UUID

from tracking.bots.behaviour.bursts import find_bursts
from tracking.bots.behaviour.networks import find_contact_bursts, find_near_honeypots
from tracking.bots.behaviour.seen import SeenClick, group_by, sort_by_time
from tracking.bots.policies.rules import Policy
from tracking.bots.verdicts import Reason
from tracking.messages.models import Channel

# A click can matter to those this far away, by the longest span that a detector looks at.
REACH_MS: Final = 90_000

# Which bits are asked about a click, by what was read around it.
OF_NEWS: Final = Reason.HONEYPOT
OF_MESSAGES: Final = Reason.BURST_ON_MESSAGE | Reason.TOO_SOON_AFTER_DELIVERY
OF_NETWORKS: Final = Reason.BURST_ACROSS_CONTACTS | Reason.BURST_ACROSS_CONTACTS_ALIKE | Reason.NEAR_HONEYPOT
OF_LINKS: Final = Reason.VELOCITY | Reason.MANY_CLICKS | Reason.VELOCITY_OF_NETWORK

_SOON_MS: Final[Mapping[Channel, int]] = {
    Channel.EMAIL: 5_000,
    Channel.BROADCAST_SMS: 2_000,
    Channel.PEER_TO_PEER: 2_000,
    Channel.FRIEND_TO_FRIEND: 2_000,
}

MessageContact = tuple[int | None, int | None]
FindPolicy = Callable[[SeenClick], Policy]


class Delivered(NamedTuple):
    """What the sender recorded of one recipient."""

    at: dt.datetime
    channel: Channel


class Surroundings(NamedTuple):
    """What was read around new clicks, and the new clicks themselves. A click may stand in several of the lists."""

    news: list[SeenClick]
    on_messages: list[SeenClick]
    in_networks: list[SeenClick]
    honeypots: set[int]  # links
    link_counts: Mapping[MessageContact, int]  # links of a message that a contact sees
    deliveries: Mapping[MessageContact, Delivered]


def find_evidence(around: Surroundings, find_policy: FindPolicy) -> dict[UUID, int]:
    """Bits of what was found; nothing for the others."""
    found: dict[UUID, int] = {}
    for click_id, reason in chain(
        _judge_messages(around, find_policy), _judge_networks(around), _judge_honeypots(around)
    ):
        found[click_id] = found.get(click_id, 0) | reason
    return found


def _judge_messages(around: Surroundings, find_policy: FindPolicy) -> Iterator[tuple[UUID, Reason]]:
    for key, own in group_by(around.on_messages, lambda click: (click.message_id, click.contact_id)).items():
        policy = find_policy(own[0])
        for click_id in find_bursts(own, around.link_counts.get(key, 0), round(policy.burst_s * 1000)):
            yield click_id, Reason.BURST_ON_MESSAGE
        delivered = around.deliveries.get(key)
        for click in sort_by_time(own):
            if delivered is not None and is_too_soon(click, delivered, policy):
                yield click.click_id, Reason.TOO_SOON_AFTER_DELIVERY


def _judge_networks(around: Surroundings) -> Iterator[tuple[UUID, Reason]]:
    for own in group_by(around.in_networks, lambda click: (click.account_id, click.network)).values():
        yield from find_contact_bursts(own).items()
        for click_id in find_near_honeypots(own, around.honeypots):
            yield click_id, Reason.NEAR_HONEYPOT


def _judge_honeypots(around: Surroundings) -> Iterator[tuple[UUID, Reason]]:
    for click in sort_by_time(around.news):
        if click.link_id in around.honeypots:
            yield click.click_id, Reason.HONEYPOT


def is_too_soon(click: SeenClick, delivered: Delivered, policy: Policy) -> bool:
    """Silent for channels that nobody delivers on. A click before the recorded moment says that the record is late."""
    limit_ms: int | None = _SOON_MS.get(delivered.channel)
    if policy.soon_after_delivery_s is not None:
        limit_ms = round(policy.soon_after_delivery_s * 1000)
    if limit_ms is None:
        return False
    return 0 <= click.at_ms - round(delivered.at.timestamp() * 1000) <= limit_ms
