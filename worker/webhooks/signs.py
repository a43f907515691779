"""What results say of the endpoints they came from. Pure."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from tracking.webhooks.deliveries import Due, Origin, Result
from tracking.webhooks.health import Sign
from tracking.webhooks.schedule import GONE, is_success
from worker.webhooks.sender import Answer


class Landed(NamedTuple):
    """`url` is where it was sent: what came back says nothing of another address."""

    due: Due
    url: str
    answer: Answer
    result: Result


def read_signs(landed: Iterable[Landed]) -> list[Sign]:
    """One for each endpoint and address. Pings say nothing: their owner is trying things out."""
    signs: dict[tuple[int, str], Sign] = {}
    for each in landed:
        if each.due.origin is not Origin.PING:
            sign = _read_sign(each)
            key = (sign.endpoint_id, sign.url)
            signs[key] = _add(signs[key], sign) if key in signs else sign
    return list(signs.values())


def _read_sign(landed: Landed) -> Sign:
    result = landed.result
    patience_s = landed.answer.patience_s
    return Sign(
        landed.due.endpoint_id,
        landed.url,
        result.at,
        has_succeeded=is_success(result.status_code),
        is_gone=result.status_code == GONE,
        not_before=None if patience_s is None else result.at + dt.timedelta(seconds=patience_s),
    )


def _add(known: Sign, sign: Sign) -> Sign:
    is_gone = known.is_gone or sign.is_gone  # whatever came with it: what lands together is chance
    moments = [each.not_before for each in (known, sign) if each.not_before]
    return Sign(
        known.endpoint_id,
        known.url,
        max(known.at, sign.at) if known.has_succeeded or sign.has_succeeded else min(known.at, sign.at),
        has_succeeded=(known.has_succeeded or sign.has_succeeded) and not is_gone,
        is_gone=is_gone,
        not_before=max(moments, default=None),
    )
