"""What a visitor may meet between a link and its destination (TR12), and what our own pages look like. Pure."""

from enum import StrEnum
from typing import NamedTuple


class InterstitialMode(StrEnum):
    """Of an offer."""

    CUSTOM = "CUSTOM"  # its own page
    LIST_DEFAULT = "LIST_DEFAULT"  # the campaign's, else the account's; none where neither has one
    NONE = "NONE"  # straight to the destination


class Interstitial(NamedTuple):
    """Plain text of the page before the destination; `preview_*` are what apps show of the link."""

    title: str
    description: str
    call_to_action: str
    preview_title: str | None = None
    preview_description: str | None = None
    preview_image_url: str | None = None


class Branding(NamedTuple):
    """Of the pages that visitors meet when a link leads nowhere."""

    name: str
    home_url: str | None = None
    not_found_text: str | None = None
    gone_text: str | None = None
