"""Clicks for detectors: by seconds, and by what tells sources apart."""

from typing import Any
from uuid import UUID

from tracking.bots.behaviour.seen import SeenClick
from tracking.clicks.event import Fact

START_MS = 1_760_000_000_000
SCANNER, HOME = b"\xcb\x00\x71", b"\xc6\x33\x64"
CHROME, IPHONE = 1, 2
TAPPED = int(Fact.SEC_FETCH_USER)


def click(at_s: float, link: int = 1, *, number: int = 0, visitor: int = 1, **changes: Any) -> SeenClick:
    """On a contact's link, from a scanner's network, unless it is said otherwise."""
    made = SeenClick(
        click_id=UUID(int=(START_MS + round(at_s * 1000) << 80) + number * 1_000 + link),
        account_id=1,
        link_id=link,
        campaign_id=None,
        message_id=5,
        contact_id=9,
        visitor_key=visitor.to_bytes(16, "big"),
        facts=0,
        user_agent_id=CHROME,
        network=SCANNER,
        is_from_hosting=False,
        reasons=0,
        evidence=0,
    )
    return made._replace(**changes)


def person(at_s: float, link: int = 1, **changes: Any) -> SeenClick:
    """From home, with a telephone."""
    return click(at_s, link, **{"number": 7, "network": HOME, "user_agent_id": IPHONE, **changes})
