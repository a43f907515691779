"""Ids of traces and spans, made from ids that events have anyway, so that nothing of a trace travels with an event.

A trace has the 128 bits of its click or conversion. Whoever handles the event knows them, and which span came before.
"""

from enum import Enum
from hashlib import blake2b
from typing import Final

_SPAN_BYTES: Final = 8
_RANDOM_BITS: Final = 62  # the last of a UUID, of which version and variant take none


class Step(Enum):
    """What happens to an event, in this order; the value is the name of its span and goes into the span's id."""

    REDIRECT = "redirect"
    REPORT = "report conversion"
    STORE = "store"
    FOLD = "fold"


def find_trace_id(event_id: bytes) -> int:
    return int.from_bytes(event_id, "big")


def find_span_id(event_id: bytes, step: Step, at_ms: int = 0) -> int:
    """`at_ms` tells apart the reports of one conversion, which share its id."""
    text = event_id + at_ms.to_bytes(8, "big") + step.value.encode()
    return int.from_bytes(blake2b(text, digest_size=_SPAN_BYTES).digest(), "big") or 1


def is_sampled(event_id: bytes, ratio: float) -> bool:
    """The same answer from every program, as the bits that are random decide."""
    drawn = int.from_bytes(event_id[-_SPAN_BYTES:], "big") & (1 << _RANDOM_BITS) - 1
    return drawn < ratio * (1 << _RANDOM_BITS)
