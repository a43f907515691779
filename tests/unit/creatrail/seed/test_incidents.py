"""The incidents of a demo are the same every time, and none lies outside of it."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from creatrail.seed.company import CONTACTS, LETTER_HOURS, LETTER_LINKS
from creatrail.seed.incidents import (
    BEHIND_A_GATEWAY,
    FLOOD_CLICKS,
    HASTY,
    INCIDENT_CLICKS,
    LOOKED_AHEAD,
    READERS,
    SCANNED_AT_HOME,
    SHOWN_IN_A_CHAT,
    Letter,
    LetterLink,
    generate_incidents,
)
from creatrail.seed.traffic import Audience, SeededLink
from tracking.clicks.event import ClickEvent
from tracking.clicks.ids import lower_bound
from tracking.creators.models import Platform

ENDS_AT = dt.datetime(2026, 11, 20, 13, tzinfo=dt.UTC)
AUDIENCE = Audience(account_id=5, zone=ZoneInfo("Europe/Berlin"), ends_at=ENDS_AT, seed=1)
LETTER = Letter(
    account_id=5,
    message_id=3,
    links={
        (place, slot): LetterLink(100 * place + slot, 1, 1_000 + place, 3, slot, None)
        for place in range(len(CONTACTS))
        for slot in range(1, LETTER_LINKS + 1)
    },
)
FLOODED = SeededLink(10, 4, 7, Platform.TIKTOK, weight=1, first_hour=0, end_hour=1_464)


@pytest.fixture(scope="module")
def events() -> list[ClickEvent]:
    return generate_incidents(AUDIENCE, LETTER, FLOODED)


def test_the_same_arguments_give_the_same_clicks(events: list[ClickEvent]) -> None:
    again = generate_incidents(AUDIENCE, LETTER, FLOODED)
    other = generate_incidents(AUDIENCE._replace(seed=2), LETTER, FLOODED)

    assert again == events
    assert not {event.click_id for event in other} & {event.click_id for event in events}


def test_all_lie_between_the_letter_and_the_end(events: list[ClickEvent]) -> None:
    ids = [UUID(bytes=event.click_id) for event in events]

    assert ids == sorted(set(ids))
    assert len(ids) == INCIDENT_CLICKS
    assert lower_bound(ENDS_AT - dt.timedelta(hours=LETTER_HOURS)) <= ids[0] < ids[-1] < lower_bound(ENDS_AT)


def test_each_contact_plays_one_part(events: list[ClickEvent]) -> None:
    parts = [*BEHIND_A_GATEWAY, *READERS, HASTY, SHOWN_IN_A_CHAT, LOOKED_AHEAD, *SCANNED_AT_HOME]

    assert len(set(parts)) == len(parts)
    assert {event.contact_id for event in events} == {None, *(1_000 + place for place in parts)}
    assert len([event for event in events if event.link_id == FLOODED.link_id]) == FLOOD_CLICKS
