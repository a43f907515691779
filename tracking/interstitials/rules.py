"""What a visitor may meet between a link and its destination (TR12), and what our own pages look like. Pure.

All of it is plain text. Redirectors escape it; nothing of it is ever read as HTML.
"""

from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from tracking.errors import InvalidInputError
from tracking.links.rules import normalise_destination
from tracking.text import check_text

MAX_TITLE_CHARS: Final = 200
MAX_DESCRIPTION_CHARS: Final = 1_000
MAX_CALL_TO_ACTION_CHARS: Final = 60
MAX_BRAND_NAME_CHARS: Final = 100
MAX_PAGE_TEXT_CHARS: Final = 500


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


def check_interstitial(given: Interstitial) -> Interstitial:
    """As it is stored. Raises InvalidInputError by field."""
    return Interstitial(
        title=check_text(given.title, "title", max_chars=MAX_TITLE_CHARS),
        description=check_text(given.description, "description", max_chars=MAX_DESCRIPTION_CHARS, is_optional=True),
        call_to_action=check_text(given.call_to_action, "callToAction", max_chars=MAX_CALL_TO_ACTION_CHARS),
        preview_title=_check_optional(given.preview_title, "previewTitle", MAX_TITLE_CHARS),
        preview_description=_check_optional(given.preview_description, "previewDescription", MAX_DESCRIPTION_CHARS),
        preview_image_url=_check_image_url(given.preview_image_url),
    )


def check_branding(given: Branding) -> Branding:
    """The same."""
    return Branding(
        name=check_text(given.name, "name", max_chars=MAX_BRAND_NAME_CHARS),
        home_url=_check_url(given.home_url, "homeUrl"),
        not_found_text=_check_optional(given.not_found_text, "notFoundText", MAX_PAGE_TEXT_CHARS),
        gone_text=_check_optional(given.gone_text, "goneText", MAX_PAGE_TEXT_CHARS),
    )


def write_texts(texts: Interstitial | Branding | None) -> str | None:
    """For its column."""
    return None if texts is None else msgspec.json.encode(texts).decode()


def read_interstitial(stored: str | None) -> Interstitial | None:
    return None if stored is None else msgspec.json.decode(stored, type=Interstitial)


def read_branding(stored: str | None) -> Branding | None:
    return None if stored is None else msgspec.json.decode(stored, type=Branding)


def describe_interstitial(texts: Interstitial | None) -> dict[str, Any] | None:
    """For the history, by the names of the graph; what is not set is left out."""
    if texts is None:
        return None
    named = {
        "title": texts.title,
        "description": texts.description,
        "callToAction": texts.call_to_action,
        "previewTitle": texts.preview_title,
        "previewDescription": texts.preview_description,
        "previewImageUrl": texts.preview_image_url,
    }
    return {name: value for name, value in named.items() if value is not None}


def describe_branding(branding: Branding | None) -> dict[str, Any] | None:
    """The same."""
    if branding is None:
        return None
    named = {
        "name": branding.name,
        "homeUrl": branding.home_url,
        "notFoundText": branding.not_found_text,
        "goneText": branding.gone_text,
    }
    return {name: value for name, value in named.items() if value is not None}


def _check_optional(text: str | None, path: str, max_chars: int) -> str | None:
    return None if text is None else check_text(text, path, max_chars=max_chars)


def _check_image_url(url: str | None) -> str | None:
    """Apps show no picture that they cannot fetch over TLS."""
    checked = _check_url(url, "previewImageUrl")
    if checked is not None and not checked.startswith("https://"):
        raise InvalidInputError("apps fetch pictures over https alone: give an https address", ("previewImageUrl",))
    return checked


def _check_url(url: str | None, path: str) -> str | None:
    if url is None:
        return None
    try:
        return normalise_destination(url, is_tracking_host=_is_no_tracking_host)
    except InvalidInputError as error:
        raise error.under(path) from None


def _is_no_tracking_host(_host: str) -> bool:
    """No redirect follows these addresses, so none can lead in a circle."""
    return False
