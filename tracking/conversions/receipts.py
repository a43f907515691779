"""The receipt of a conversion: which clicks it could belong to, which one it does, and why not the others. Pure."""

from enum import IntEnum

import msgspec

from tracking.conversions.kinds import Method


class CandidateFinding(IntEnum):
    """What became of a candidate. Stored, so never reused."""

    CHOSEN = 1
    NOT_THE_FIRST = 2
    NOT_THE_LAST = 3
    OUTSIDE_WINDOW = 4
    AFTER_CONVERSION = 5
    NOT_COUNTED = 6  # a bot's, a test, or whatever else the policy does not count
    NOT_FOUND = 7  # not stored, yet or any more
    OF_ANOTHER_ACCOUNT = 8
    LESS_SURE = 9  # found by a weaker method, or in a report of less trust, than the one that decided


class Candidate(msgspec.Struct, frozen=True):
    """A click that could have earned the conversion. Times in milliseconds since the epoch."""

    click_id: str  # a UUID
    method: Method
    finding: CandidateFinding
    clicked_at_ms: int
    link_id: int | None = None  # None for a click that is not found
    window_s: int | None = None  # its own: its offer's, else its campaign's, else the account's
    offer_id: int | msgspec.UnsetType | None = msgspec.UNSET  # its own, not the conversion's; older receipts have none
    is_proven: bool = False  # a report led to it that proves itself; of the chosen one: the report that decided


class Receipt(msgspec.Struct, frozen=True):
    """`first_click` and `last_click` are what either model would choose; `model` says which one did."""

    model: str  # FIRST_CLICK or LAST_CLICK
    occurred_at_ms: int
    candidates: list[Candidate] = []
    first_click: str | None = None
    last_click: str | None = None


def write_receipt(receipt: Receipt) -> str:
    return msgspec.json.encode(receipt).decode()


def read_receipt(stored: str) -> Receipt:
    return msgspec.json.decode(stored, type=Receipt)
