"""Which endpoints are told of an event, and whether they hear that it fits."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tracking.bots.verdicts import Verdict
from tracking.clicks.filters import Counting
from tracking.conversions.kinds import Status
from tracking.events.payloads.describing import DescribedEvent
from tracking.events.payloads.envelopes import EVENTS
from tracking.events.payloads.facts import Facts, Places
from tracking.events.types import EventType
from tracking.webhooks.matching import Matcher, Recipient
from tracking.webhooks.rules import Wanted, store_wanted

pytestmark = pytest.mark.feature("R13")

HERE = Places(link_id=1, campaign_id=2, creator_id=3, message_id=None, offer_id=5)
ELSEWHERE = Places(link_id=9, campaign_id=2, creator_id=8, message_id=None, offer_id=None)
CLICK = Facts(HERE, frozenset((HERE,)), verdict=Verdict.HUMAN, counting=Counting.UNIQUE)
SALE = Facts(HERE, frozenset((HERE,)), status=Status.APPROVED)


def make_recipient(key: int = 1, *event_types: EventType, **wanted: Any) -> Recipient:
    types = json.dumps([each.value for each in event_types or EventType])
    return Recipient(key, types, json.dumps(store_wanted(Wanted(**wanted))), 1, 0, 0)


def make_event(event_type: EventType, facts: Facts) -> DescribedEvent:
    make: Any = EVENTS[event_type]
    told = dict.fromkeys(make.__struct_fields__)
    return DescribedEvent(1, 0, make(**told), facts)


def find(recipients: Sequence[Recipient], event_type: EventType, facts: Facts) -> dict[int, bool]:
    """Whether it fits, by who is told."""
    return {match.recipient.id: match.fits for match in Matcher(recipients).find(make_event(event_type, facts))}


def test_without_filter_everything_of_the_types_is_told() -> None:
    recipients = [make_recipient(1), make_recipient(2, EventType.LINK_CREATED)]
    assert find(recipients, EventType.CLICK_RECORDED, CLICK) == {1: True}
    assert find(recipients, EventType.LINK_CREATED, Facts(HERE, frozenset((HERE,)))) == {1: True, 2: True}


@pytest.mark.parametrize(
    ("wanted", "is_told"),
    [
        ({"link_ids": (1, 7)}, True),
        ({"link_ids": (7,)}, False),
        ({"campaign_ids": (2,)}, True),
        ({"campaign_ids": (3,)}, False),
        ({"creator_ids": (3,)}, True),
        ({"message_ids": (3,)}, False),
        ({"offer_ids": (5,)}, True),
        ({"link_ids": (1,), "creator_ids": (4,)}, False),
        ({"link_ids": (1,), "creator_ids": (3,), "offer_ids": (5, 6)}, True),
    ],
)
@pytest.mark.parametrize("event_type", [EventType.CLICK_RECORDED, EventType.CLICK_RECLASSIFIED, EventType.LINK_CREATED])
def test_lists_of_ids_hold_for_clicks_and_links(wanted: dict[str, Any], is_told: bool, event_type: EventType) -> None:
    assert find([make_recipient(**wanted)], event_type, CLICK) == ({1: True} if is_told else {})


@pytest.mark.parametrize("wanted", [{"verdicts": (Verdict.BOT,)}, {"counting": (Counting.REPEAT, Counting.BOT)}])
def test_what_may_change_decides_for_the_first_event_and_is_said_with_later_ones(wanted: dict[str, Any]) -> None:
    recipients = [make_recipient(**wanted)]
    assert find(recipients, EventType.CLICK_RECORDED, CLICK) == {}
    assert find(recipients, EventType.CLICK_RECLASSIFIED, CLICK) == {1: False}
    fitting = CLICK._replace(verdict=Verdict.BOT, counting=Counting.BOT)
    assert find(recipients, EventType.CLICK_RECORDED, fitting) == {1: True}
    assert find(recipients, EventType.CLICK_RECLASSIFIED, fitting) == {1: True}


def test_statuses_are_of_conversions_and_verdicts_of_clicks() -> None:
    recipients = [make_recipient(1, statuses=(Status.HELD,)), make_recipient(2, verdicts=(Verdict.BOT,))]
    assert find(recipients, EventType.CONVERSION_RECORDED, SALE) == {2: True}
    assert find(recipients, EventType.CONVERSION_CHANGED, SALE) == {1: False, 2: True}
    assert find(recipients, EventType.CLICK_RECORDED, CLICK) == {1: True}


def test_who_was_told_of_a_conversion_hears_that_it_is_another_ones_now() -> None:
    moved = Facts(ELSEWHERE, frozenset((HERE, ELSEWHERE)), status=Status.APPROVED)
    recipients = [make_recipient(1, link_ids=(1,)), make_recipient(9, link_ids=(9,)), make_recipient(5, link_ids=(5,))]
    assert find(recipients, EventType.CONVERSION_CHANGED, moved) == {1: False, 9: True}
    assert find(recipients, EventType.CONVERSION_RECORDED, moved) == {9: True}


def test_exports_and_imports_are_told_whatever_the_lists_say() -> None:
    recipients = [make_recipient(1, link_ids=(1,)), make_recipient(2, EventType.CLICK_RECORDED, link_ids=(1,))]
    assert find(recipients, EventType.EXPORT_FINISHED, Facts()) == {1: True}


def test_of_a_thousand_endpoints_only_those_are_asked_that_name_the_link() -> None:
    recipients = [make_recipient(key, link_ids=(key,)) for key in range(1, 1_001)]
    matcher = Matcher([*recipients, make_recipient(2_000)])
    event = make_event(EventType.CLICK_RECORDED, CLICK)

    assert [match.recipient.id for match in matcher.find(event)] == [1, 2_000]
    assert len(matcher.list_candidates(CLICK)) == 2
    assert len(matcher.list_candidates(Facts())) == 1_001
