"""One network that opens links of several contacts at once, and what came with a honeypot's click.

Carriers put thousands of people behind one network, where three contacts in ten seconds are no wonder after a message
went out to all. What tells them from a gateway that reads everybody's mail is that their browsers differ. Pure.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from tracking.bots.behaviour.seen import Marks, Moving, SeenClick, group_by, slide, sort_by_time
from tracking.bots.verdicts import Reason

CONTACTS: Final = 3
MANY_CONTACTS: Final = 5  # in an ordinary network, where three with one telephone may be chance
CONTACTS_MS: Final = 10_000
CROWD_MS: Final = 60_000
CROWD_USER_AGENTS: Final = 3
CROWD_SHARE: Final = 0.8  # one browser with more of the clicks than this is no crowd
CROWD_CLICKS: Final = 5  # fewer say nothing about shares
NEAR_HONEYPOT_MS: Final = 60_000


def find_contact_bursts(clicks: Iterable[SeenClick]) -> dict[UUID, Reason]:
    """Of clicks on contacts' links from one network; the strongest reason for each.

    Alike are those from a hosting network, and those of one user agent without a sign of a person. Whether a visitor
    has a cookie is not known of a contact's link.
    """
    ordered = sort_by_time(clicks)
    lonely = _find_lonely(ordered, CROWD_USER_AGENTS)
    uniform = _find_lonely(ordered, 2)
    from_hosting = [click for click in ordered if click.is_from_hosting]
    silent = [click for click in ordered if not click.is_activated]
    suspect = _mark_bursts(ordered, lonely, MANY_CONTACTS) | _mark_bursts(ordered, uniform, CONTACTS)
    alike = _mark_bursts(from_hosting, lonely, CONTACTS)
    for own in group_by(silent, lambda click: click.user_agent_id).values():
        alike |= _mark_bursts(own, lonely, MANY_CONTACTS)
    return dict.fromkeys(suspect, Reason.BURST_ACROSS_CONTACTS) | dict.fromkeys(
        alike, Reason.BURST_ACROSS_CONTACTS_ALIKE
    )


def find_near_honeypots(clicks: Iterable[SeenClick], honeypots: set[int]) -> set[UUID]:
    """Clicks by who opened a honeypot of the same message, up to a minute before or after."""
    ordered = sort_by_time(clicks)
    found: set[UUID] = set()
    for source in group_by(ordered, lambda click: (click.message_id, click.source)).values():
        caught = [click.at_ms for click in source if click.link_id in honeypots]
        found |= {
            click.click_id
            for click in source
            if click.link_id not in honeypots and any(abs(click.at_ms - at_ms) <= NEAR_HONEYPOT_MS for at_ms in caught)
        }
    return found


def _mark_bursts(clicks: Sequence[SeenClick], lonely: set[UUID], contacts_needed: int) -> set[UUID]:
    contacts = Moving(clicks, lambda click: click.contact_id)
    marks = Marks(clicks)
    for start, end in slide(clicks, CONTACTS_MS):
        if len(contacts.move(start, end)) >= contacts_needed and clicks[start].click_id in lonely:
            marks.add(start, end)
    return marks.ids


def _find_lonely(ordered: Sequence[SeenClick], crowd_user_agents: int) -> set[UUID]:
    """Clicks without so many browsers around them: in the minute before, and in the one after what a burst may take."""
    user_agents = Moving(ordered, lambda click: click.user_agent_id)
    found: set[UUID] = set()
    start = end = 0
    for click in ordered:
        while ordered[start].at_ms < click.at_ms - CROWD_MS:
            start += 1
        while end < len(ordered) and ordered[end].at_ms <= click.at_ms + CONTACTS_MS + CROWD_MS:
            end += 1
        counts = user_agents.move(start, end)
        is_one = max(counts.values()) >= max(CROWD_SHARE * (end - start), CROWD_CLICKS)
        if len(counts) < crowd_user_agents or is_one:
            found.add(click.click_id)
    return found
