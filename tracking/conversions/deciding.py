"""How the conversions of an order stand: decided for the order as a whole, from what is known of it. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from tracking.conversions.amounts import (
    Amounts,
    Report,
    Said,
    find_amounts,
    find_default_value,
    is_storable,
    rank_report,
    value_said,
)
from tracking.conversions.kinds import CORRECTIONS, ConversionKind, Method, Proof, Source, StandingReason, Status, Trust
from tracking.conversions.receipts import CandidateFinding, Receipt, write_receipt
from tracking.conversions.rules import Clue, Credit, Fallback, KnownClick, Labels, find_credit
from tracking.money import Money
from tracking.offers.events import OfferEvent
from tracking.offers.payouts import compute_payout

APPROVED_BY_HAND: Final = 1
REJECTED_BY_HAND: Final = 2


class Known(NamedTuple):
    """One conversion and all that was reported of it. `number` ascends as conversions were recorded."""

    conversion_id: UUID
    number: int
    kind: ConversionKind
    event: str
    ruling: int | None
    is_over_cap: bool
    reports: tuple[Report, ...]

    @property
    def proof(self) -> Proof:
        return max(report.proof for report in self.reports)

    @property
    def reported_at(self) -> dt.datetime:
        """Last: a stranger's earlier word does not shorten what is waited for."""
        return max(report.received_at for report in self.reports)

    @property
    def is_correction(self) -> bool:
        return self.kind in CORRECTIONS


class Terms(NamedTuple):
    """What an account, its campaigns and offers say about conversions."""

    account_id: int
    currency: str
    model: str
    approves_unverified: bool
    counted_kinds: frozenset[str]
    counted_by_campaign: Mapping[int, frozenset[str]]
    offer_events: Mapping[int, Sequence[OfferEvent]]
    offer_currencies: Mapping[int, str]


class Tracks(NamedTuple):
    """What leads from a conversion to clicks, and what there is without any. `sought_at`: when something was said last
    that leads to clicks; a stranger's earlier word does not shorten the wait for them. `without_recalled`: the same for
    whoever has forgotten the deleted click that earned the conversion so far.
    """

    clues: tuple[Clue, ...]
    clicks: Mapping[UUID, KnownClick]
    fallbacks: tuple[Fallback, ...]
    sought_at: dt.datetime | None = None
    without_recalled: "Tracks | None" = None


class Standing(NamedTuple):
    """Of one conversion. Money is signed: negative for what is given back."""

    status: Status
    reason: StandingReason
    trust: Trust
    source: Source
    proof: Proof
    occurred_at: dt.datetime
    received_at: dt.datetime
    method: Method
    click_id: UUID | None
    clicked_at: dt.datetime | None
    labels: Labels
    value: Money | None
    payout: Money | None
    is_counted: bool


class Decision(NamedTuple):
    standing: Standing
    receipt: Receipt
    missing: tuple[UUID, ...]  # clicks that were named and are not there
    conflicts: tuple[Said, ...]  # amounts that are at odds with the one that holds
    sought_at: dt.datetime | None = None  # since when clicks are awaited that would change it; None: no more of them

    @property
    def written_receipt(self) -> str:
        return write_receipt(self.receipt)


def decide_base(known: Known, tracks: Tracks, terms: Terms, now: dt.datetime, late: dt.timedelta) -> Decision:
    """Of a conversion that takes nothing back, by itself. A click that is missing is waited for while it may come."""
    tracks, credit = _follow_tracks(known, tracks, terms)
    labels = credit.labels._replace(offer_id=_find_offer(known, credit))
    trust = _find_trust(known, credit)
    amounts = find_amounts(known.reports, partial(_names_click, known, credit))
    value = _find_value(known, amounts, labels, terms)
    standing = make_standing(known)._replace(
        trust=trust,
        occurred_at=credit.occurred_at,
        method=credit.method,
        click_id=credit.click.click_id if credit.click else None,
        clicked_at=credit.click.clicked_at if credit.click else None,
        labels=labels,
        value=value,
    )
    is_bad = amounts.holds is not None and value is None
    status, reason = (Status.REJECTED, StandingReason.BAD_AMOUNT) if is_bad else _rule(known, credit, trust, terms)
    if status is Status.UNMATCHED and is_awaited(tracks, credit, now, late):
        status, reason = Status.WAITING, StandingReason.CLICK_NOT_FOUND
    standing = standing._replace(status=status, reason=reason)
    sought_at = tracks.sought_at if _may_more_come(tracks, credit) else None
    return Decision(count(standing, known, terms), credit.receipt, credit.missing, amounts.others, sought_at)


def _follow_tracks(known: Known, tracks: Tracks, terms: Terms) -> tuple[Tracks, Credit]:
    """A deleted click is known as long as it earns: decided by what is left, it stands the same when asked again."""
    occurred_at = find_moment(known.reports)
    credit = find_credit(
        terms.account_id, occurred_at, tracks.clues, tracks.clicks, tracks.fallbacks, default_model=terms.model
    )
    left = tracks.without_recalled
    if left is None or (credit.click is not None and credit.click.click_id not in left.clicks):
        return tracks, credit
    return _follow_tracks(known, left, terms)


def count(standing: Standing, known: Known, terms: Terms) -> Standing:
    """What is approved pays, and counts if it is of a kind that does."""
    if standing.status is not Status.APPROVED:
        return standing._replace(payout=None, is_counted=False)
    labels = standing.labels
    events = terms.offer_events.get(labels.offer_id or 0, ())
    counted = terms.counted_by_campaign.get(labels.campaign_id or 0, terms.counted_kinds)
    payout = compute_payout(events, known.event, standing.value)
    return standing._replace(payout=payout, is_counted=known.kind.name in counted and not known.is_correction)


def find_moment(reports: Sequence[Report]) -> dt.datetime:
    """What the surest says who names a moment; else when the first was received that proves itself, or the first."""
    named = [(-report.proof, report.occurred_at) for report in reports if report.occurred_at is not None]
    if named:
        return min(named)[1]
    return min((report.proof is Proof.NONE, report.received_at) for report in reports)[1]


def make_standing(known: Known) -> Standing:
    """With nothing decided yet."""
    holds = min(known.reports, key=lambda report: (-report.proof, rank_report(report), report.source))
    return Standing(
        status=Status.WAITING,
        reason=StandingReason.NONE,
        trust=Trust.UNVERIFIED,
        source=holds.source,
        proof=known.proof,
        occurred_at=find_moment(known.reports),
        received_at=min(report.received_at for report in known.reports),
        method=Method.NONE,
        click_id=None,
        clicked_at=None,
        labels=Labels(),
        value=None,
        payout=None,
        is_counted=False,
    )


def trust_proof(proof: Proof) -> Trust:
    if proof is Proof.SIGNATURE:
        return Trust.SIGNED
    return Trust.UNVERIFIED if proof is Proof.NONE else Trust.TOKEN


def is_awaited(tracks: Tracks, credit: Credit, now: dt.datetime, late: dt.timedelta) -> bool:
    """A click that was named may come as late as clicks may (rule 3). Nothing is waited for once it was received."""
    return bool(credit.missing) and tracks.sought_at is not None and now - tracks.sought_at <= late


def _may_more_come(tracks: Tracks, credit: Credit) -> bool:
    """A click that is not there, earlier clicks of the same visitor, or one that is vouched for (`vouching`)."""
    if credit.missing or any(not clue.names_it for clue in tracks.clues):
        return True
    vouched = {click_id for clue in tracks.clues if clue.is_proven for click_id in clue.click_ids}
    uncounted = (each for each in credit.receipt.candidates if each.finding is CandidateFinding.NOT_COUNTED)
    return any(UUID(each.click_id) in vouched for each in uncounted)


def _rule(known: Known, credit: Credit, trust: Trust, terms: Terms) -> tuple[Status, StandingReason]:
    if known.ruling == REJECTED_BY_HAND:
        return Status.REJECTED, StandingReason.BY_A_PERSON
    is_approved = known.ruling == APPROVED_BY_HAND
    is_held = trust is Trust.UNVERIFIED and not terms.approves_unverified and not is_approved
    if credit.method is Method.NONE:
        is_all_there_is = credit.reason is StandingReason.NOTHING_TO_GO_BY
        return (
            (Status.HELD, StandingReason.UNVERIFIED)
            if is_held and is_all_there_is
            else (Status.UNMATCHED, credit.reason)
        )
    if is_approved:
        return Status.APPROVED, StandingReason.BY_A_PERSON
    if is_held:
        return Status.HELD, StandingReason.UNVERIFIED
    if known.is_over_cap and known.proof is Proof.NONE:
        return Status.HELD, StandingReason.OVER_CAP
    return Status.APPROVED, StandingReason.NONE


def _find_trust(known: Known, credit: Credit) -> Trust:
    """A click id that we signed, or our own cookie, says as much as a token, once there is a click to it.

    That an order is proven does not prove whose it is: a bare link or code that anybody named waits for a person.
    """
    trust = trust_proof(known.proof)
    if credit.click is not None and credit.method in {Method.CLICK_ID, Method.COOKIE}:
        return max(trust, Trust.TOKEN)
    return trust if credit.is_proven or credit.method is Method.NONE else Trust.UNVERIFIED


def _names_click(known: Known, credit: Credit, report: Report) -> bool:
    """By its id, or by the cookie that led to it. Not where a person decided for what stands."""
    click = credit.click
    if click is None or known.ruling == APPROVED_BY_HAND:
        return False
    # Whose a click was is not kept with what it earned: once it is deleted, any cookie of its link may have been it.
    is_theirs = click.visitor_key is None or click.visitor_key in report.visitor_keys
    is_by_cookie = bool(report.visitor_keys) and is_theirs and report.link_id == click.labels.link_id
    return click.click_id in report.click_ids or (credit.method is Method.COOKIE and is_by_cookie)


def _find_offer(known: Known, credit: Credit) -> int | None:
    """Whoever proves nothing names no offer: offers pay differently."""
    named = [
        (-report.proof, report.offer_id)
        for report in known.reports
        if report.offer_id is not None and report.proof is not Proof.NONE
    ]
    return min(named)[1] if named else credit.labels.offer_id


def _find_value(known: Known, amounts: Amounts, labels: Labels, terms: Terms) -> Money | None:
    offer_id = labels.offer_id or 0
    currency = terms.offer_currencies.get(offer_id, terms.currency)
    if amounts.holds is not None and not is_storable(amounts.holds, currency):
        return None
    default = find_default_value(terms.offer_events.get(offer_id, ()), known.event)
    return value_said(amounts.holds, default, currency)
