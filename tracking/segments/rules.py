"""Who a segment means: what contacts did, or did not, with messages (TR18). Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from tracking.errors import InvalidInputError
from tracking.messages.models import Channel
from tracking.messages.rules import MAX_SLOTS

MAX_CONDITIONS: Final = 10
MAX_MESSAGES: Final = 100  # named in one condition; by campaign or channel it may be about any number
MAX_OFFERS: Final = 100
MAX_MINIMUM_CLICKS: Final = 1_000


class SegmentMatch(StrEnum):
    ALL = "ALL"
    ANY = "ANY"


class SegmentAction(StrEnum):
    RECEIVED = "RECEIVED"
    CLICKED = "CLICKED"
    NOT_CLICKED = "NOT_CLICKED"
    CONVERTED = "CONVERTED"
    NOT_CONVERTED = "NOT_CONVERTED"


_OF_CLICKS: Final = (SegmentAction.CLICKED, SegmentAction.NOT_CLICKED)


class Condition(msgspec.Struct, frozen=True, omit_defaults=True):
    """About those messages that are all of this; what is None restricts nothing. `made_before` is exclusive.

    Slots and offers are of what was clicked, or converted. Clicks of all the messages are counted together.
    """

    did: SegmentAction
    message_ids: tuple[int, ...] | None = None
    campaign_id: int | None = None
    channel: Channel | None = None
    made_from: dt.datetime | None = None
    made_before: dt.datetime | None = None
    minimum_clicks: int = 1
    slots: tuple[int, ...] | None = None
    offer_ids: tuple[int, ...] | None = None

    @property
    def needs_clicks(self) -> bool:
        """True when single clicks must be looked at, which are kept for as long as the account says.

        That a contact clicked a message at all is known for ever.
        """
        return self.minimum_clicks > 1 or self.slots is not None or self.offer_ids is not None


class Definition(msgspec.Struct, frozen=True):
    match: SegmentMatch
    conditions: tuple[Condition, ...]


def check_definition(definition: Definition) -> None:
    """Raises InvalidInputError that names the field."""
    if not 1 <= len(definition.conditions) <= MAX_CONDITIONS:
        raise InvalidInputError(f"give 1 to {MAX_CONDITIONS} conditions", ("definition", "conditions"))
    for place, condition in enumerate(definition.conditions):
        _check_condition(condition, ("definition", "conditions", str(place)))


def store_definition(definition: Definition) -> dict[str, Any]:
    stored: dict[str, Any] = msgspec.to_builtins(definition)
    return stored


def read_definition(stored: Mapping[str, Any]) -> Definition:
    return msgspec.convert(dict(stored), Definition)


def _check_condition(condition: Condition, path: tuple[str, ...]) -> None:
    _check_list(condition.message_ids, MAX_MESSAGES, (*path, "messageIds"))
    _check_list(condition.offer_ids, MAX_OFFERS, (*path, "offerIds"))
    _check_list(condition.slots, MAX_SLOTS, (*path, "slots"))
    if any(not 1 <= slot <= MAX_SLOTS for slot in condition.slots or ()):
        raise InvalidInputError(f"slots are numbers from 1 to {MAX_SLOTS}", (*path, "slots"))
    if not 1 <= condition.minimum_clicks <= MAX_MINIMUM_CLICKS:
        raise InvalidInputError(f"give 1 to {MAX_MINIMUM_CLICKS:,}", (*path, "minimumClicks"))
    if condition.minimum_clicks > 1 and condition.did not in _OF_CLICKS:
        raise InvalidInputError("minimumClicks goes with CLICKED and NOT_CLICKED", (*path, "minimumClicks"))
    if condition.did is SegmentAction.RECEIVED:
        for name, given in (("slots", condition.slots), ("offerIds", condition.offer_ids)):
            if given is not None:
                raise InvalidInputError(f"{name} goes with clicks and conversions", (*path, name))
    _check_time(condition, path)


def _check_list(given: Sequence[int] | None, most: int, path: tuple[str, ...]) -> None:
    if given is not None and not 1 <= len(given) <= most:
        raise InvalidInputError(f"give 1 to {most}, or leave it out", path)


def _check_time(condition: Condition, path: tuple[str, ...]) -> None:
    made_from, made_before = condition.made_from, condition.made_before
    if made_from is not None and made_before is not None and made_from >= made_before:
        raise InvalidInputError("madeBefore must be after madeFrom", (*path, "madeBefore"))
