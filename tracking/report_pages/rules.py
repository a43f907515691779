"""Report pages as their makers want them, and their addresses. Pure."""

import datetime as dt
from typing import Final, NamedTuple

from tracking.errors import InvalidInputError
from tracking.settings import Settings

PAGE_START: Final = "ct_page_"
PAGE_PATH: Final = "/r/"
USUAL_LIFE: Final = dt.timedelta(days=30)
LONGEST_LIFE: Final = dt.timedelta(days=366)
MAX_NAME_CHARS: Final = 200


class WantedPage(NamedTuple):
    """Of a campaign, of a creator, or of a creator in a campaign."""

    campaign_id: int | None
    creator_id: int | None
    name: str = ""
    shows_money: bool = False
    expires_at: dt.datetime | None = None


def check_expiry(expires_at: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """When the page ends: in 30 days if nobody says. Raises InvalidInputError."""
    if expires_at is None:
        return now + USUAL_LIFE
    if not now < expires_at <= now + LONGEST_LIFE:
        raise InvalidInputError(f"a report page expires in the future, within {LONGEST_LIFE.days} days", ("expiresAt",))
    return expires_at


def write_page_url(settings: Settings, token: str) -> str:
    return f"{settings.api_origin}{PAGE_PATH}{token}"
