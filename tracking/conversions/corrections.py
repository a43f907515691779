"""Refunds, chargebacks and voids: what they take back, and of which conversion of their order. Pure."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from tracking.clock import write_ms
from tracking.conversions.amounts import Said, find_amounts, is_storable, pay_back, value_said
from tracking.conversions.deciding import (
    APPROVED_BY_HAND,
    REJECTED_BY_HAND,
    Decision,
    Known,
    Standing,
    Terms,
    make_standing,
    trust_proof,
)
from tracking.conversions.kinds import ConversionKind, Proof, StandingReason, Status, Trust
from tracking.conversions.receipts import Receipt
from tracking.money import Money

SALE_AWAITED: Final = dt.timedelta(days=30)
_TAKEN_BACK_FIRST: Final = (ConversionKind.SALE, ConversionKind.REBILL)


class _Refusal(NamedTuple):
    status: Status
    reason: StandingReason


def find_base(bases: Iterable[Known], decided: Mapping[UUID, Decision]) -> Known | None:
    """What corrections of an order take back: its sale, else its rebill, else what was recorded first.

    What is proven to be worth something comes before it, and what nothing proves last: else a sale that somebody made
    up would stand before what was paid.
    """
    return min(bases, key=lambda known: _rank_base(known, decided[known.conversion_id].standing), default=None)


def _rank_base(known: Known, standing: Standing) -> tuple[bool, bool, int, int]:
    is_bought = known.kind in _TAKEN_BACK_FIRST or known.kind is ConversionKind.CUSTOM
    is_proven = is_bought and known.proof is not Proof.NONE and standing.value is not None
    place = _TAKEN_BACK_FIRST.index(known.kind) if known.kind in _TAKEN_BACK_FIRST else len(_TAKEN_BACK_FIRST)
    is_unsure = standing.trust is Trust.UNVERIFIED and standing.status is not Status.APPROVED
    return is_unsure, not is_proven, place, known.number


def decide_corrections(
    corrections: Sequence[Known], base: Known | None, decided: Mapping[UUID, Decision], terms: Terms, now: dt.datetime
) -> dict[UUID, Decision]:
    """In the order in which they were recorded, so that what stands is never pushed out by what comes later.

    Answers with the base too, when it is voided. Nothing is taken back beyond what the base is worth.
    """
    found = dict(decided)
    ordered = sorted(corrections, key=lambda known: known.number)
    if base is not None and any(
        each.kind is ConversionKind.VOID and _is_believed(each, found[base.conversion_id].standing) for each in ordered
    ):
        found[base.conversion_id] = _void(found[base.conversion_id])
    remaining = found[base.conversion_id].standing.value if base else None
    for each in ordered:
        if base is None:
            decision = _await_base(each, now)
        else:
            decision = _decide(each, base, found[base.conversion_id].standing, remaining, terms)
            remaining = _take(remaining, decision.standing)
        found[each.conversion_id] = decision
    return found


def _is_believed(known: Known, of: Standing) -> bool:
    """A click id proves nothing here: who clicked might take back what others earned. Nor does the secret of one offer
    for what belongs to another.
    """
    if known.ruling is not None:
        return known.ruling == APPROVED_BY_HAND
    return any(
        report.proof > Proof.OFFER_SECRET
        or (report.proof is Proof.OFFER_SECRET and of.labels.offer_id in {None, report.offer_id})
        for report in known.reports
    )


def _void(decision: Decision) -> Decision:
    standing = decision.standing
    if standing.status is Status.REJECTED:
        return decision
    voided = standing._replace(status=Status.VOIDED, reason=StandingReason.VOIDED, payout=None, is_counted=False)
    return decision._replace(standing=voided)


def _await_base(known: Known, now: dt.datetime) -> Decision:
    standing = make_standing(known)
    is_awaited = now - known.reported_at <= SALE_AWAITED
    status = Status.WAITING if is_awaited else Status.UNMATCHED
    reason = StandingReason.SALE_NOT_FOUND
    if known.ruling == REJECTED_BY_HAND:
        status, reason = Status.REJECTED, StandingReason.BY_A_PERSON
    return _finish(standing._replace(status=status, reason=reason, trust=trust_proof(known.proof)), ())


def _decide(known: Known, base: Known, of: Standing, remaining: Money | None, terms: Terms) -> Decision:
    amounts = find_amounts(known.reports)
    standing = make_standing(known)._replace(
        trust=trust_proof(known.proof),
        method=of.method,
        click_id=of.click_id,
        clicked_at=of.clicked_at,
        labels=of.labels,
    )
    taken = _find_taken(known, amounts.holds, remaining)
    if isinstance(taken, _Refusal):
        return _finish(standing._replace(status=taken.status, reason=taken.reason), amounts.others)
    standing = standing._replace(value=None if taken is None else Money(-taken.amount_minor, taken.currency))
    status, reason = _mirror(known, of)
    standing = standing._replace(status=status, reason=reason)
    if status is Status.APPROVED and taken is not None and remaining is not None:
        events = terms.offer_events.get(of.labels.offer_id or 0, ())
        after = remaining._replace(amount_minor=remaining.amount_minor - taken.amount_minor)
        standing = standing._replace(payout=pay_back(events, base.event, remaining, after))
    return _finish(standing, amounts.others)


def _mirror(known: Known, of: Standing) -> tuple[Status, StandingReason]:
    """What is taken back stands as what it is taken from."""
    if not _is_believed(known, of):
        return Status.HELD, StandingReason.UNVERIFIED
    if known.kind is ConversionKind.VOID:
        return Status.APPROVED, StandingReason.NONE
    if of.status is Status.APPROVED:
        return Status.APPROVED, StandingReason.NONE
    if of.status is Status.VOIDED:
        return Status.VOIDED, StandingReason.VOIDED
    return of.status, StandingReason.SALE_NOT_APPROVED


def _find_taken(known: Known, said: Said | None, remaining: Money | None) -> Money | _Refusal | None:
    """What it takes back: what it says, else all that is left. A void takes everything, and says no amount."""
    if known.ruling == REJECTED_BY_HAND:
        return _Refusal(Status.REJECTED, StandingReason.BY_A_PERSON)
    if known.kind is ConversionKind.VOID:
        return None
    if said is None or remaining is None:
        return remaining if said is None else _Refusal(Status.REJECTED, StandingReason.ABOVE_SALE)
    return _compare(said, remaining)


def _compare(said: Said, remaining: Money) -> Money | _Refusal | None:
    if (said.currency or remaining.currency) != remaining.currency:
        return _Refusal(Status.REJECTED, StandingReason.OTHER_CURRENCY)
    if not is_storable(said, remaining.currency):
        return _Refusal(Status.REJECTED, StandingReason.BAD_AMOUNT)
    taken = value_said(said, None, remaining.currency)
    is_above = taken is not None and taken.amount_minor > remaining.amount_minor
    return _Refusal(Status.REJECTED, StandingReason.ABOVE_SALE) if is_above else taken


def _take(remaining: Money | None, standing: Standing) -> Money | None:
    """What a held refund asks for is not gone yet; what stands as its sale does is, whatever becomes of the sale."""
    is_gone = standing.status is not Status.REJECTED and standing.reason is not StandingReason.UNVERIFIED
    if remaining is None or standing.value is None or not is_gone:
        return remaining
    return remaining._replace(amount_minor=remaining.amount_minor + standing.value.amount_minor)


def _finish(standing: Standing, others: tuple[Said, ...]) -> Decision:
    return Decision(standing, Receipt(model="", occurred_at_ms=write_ms(standing.occurred_at)), (), others)
