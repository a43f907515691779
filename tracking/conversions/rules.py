"""Which click earned a conversion (rule 7). Pure, and the same in whatever order things became known."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from tracking.clicks.ids import read_click_time
from tracking.clock import write_ms
from tracking.conversions.kinds import Method, Proof, StandingReason
from tracking.conversions.receipts import Candidate, CandidateFinding, Receipt

LAST_CLICK: Final = "LAST_CLICK"

# Of several findings, the one that says most about why there is no credit comes first.
_REASONS: Final = {
    CandidateFinding.NOT_COUNTED: StandingReason.CLICK_NOT_COUNTED,
    CandidateFinding.OUTSIDE_WINDOW: StandingReason.OUTSIDE_WINDOW,
    CandidateFinding.AFTER_CONVERSION: StandingReason.CLICK_AFTER_CONVERSION,
    CandidateFinding.OF_ANOTHER_ACCOUNT: StandingReason.FOREIGN_CLICK,
    CandidateFinding.NOT_FOUND: StandingReason.CLICK_NOT_FOUND,
}


class Labels(NamedTuple):
    """To whom a conversion belongs: copied from a click, or from a link."""

    link_id: int | None = None
    campaign_id: int | None = None
    creator_id: int | None = None
    message_id: int | None = None
    slot: int | None = None
    contact_id: int | None = None
    offer_id: int | None = None
    sharer_id: int | None = None


class KnownClick(NamedTuple):
    """A stored click, with the terms that hold for it."""

    click_id: UUID
    account_id: int
    clicked_at: dt.datetime
    is_counted: bool
    labels: Labels
    window_s: int
    model: str
    visitor_key: bytes | None = None  # None of a click that is kept no more


class Clue(NamedTuple):
    """What a report gives to find clicks by. `at`: when it was reported, where nobody can say when it happened, so that
    a stranger's early word for an order moves no other one's.
    """

    method: Method
    is_proven: bool
    click_ids: tuple[UUID, ...]
    at: dt.datetime | None = None

    @property
    def names_it(self) -> bool:
        return self.method is Method.CLICK_ID


class Fallback(NamedTuple):
    """What a conversion belongs to when no click is found."""

    method: Method
    proof: Proof
    labels: Labels


class Credit(NamedTuple):
    """`reason` says why there is none. `is_proven`: by what somebody said who proved it. `missing` may still come."""

    method: Method
    is_proven: bool
    occurred_at: dt.datetime
    click: KnownClick | None
    labels: Labels
    reason: StandingReason
    missing: tuple[UUID, ...]
    receipt: Receipt


class _Considered(NamedTuple):
    click_id: UUID
    clue: Clue
    finding: CandidateFinding | None  # None: it could earn the conversion
    is_proven: bool  # whether any clue of a proven report leads to the click


def find_credit(
    account_id: int,
    occurred_at: dt.datetime,
    clues: Iterable[Clue],
    clicks: Mapping[UUID, KnownClick],
    fallbacks: Sequence[Fallback] = (),
    *,
    default_model: str = "FIRST_CLICK",
) -> Credit:
    """The surest method decides that finds a click which may earn it; within it, what was proven before the rest.

    A bare link is believed only when nothing tells of a click: else it would be a way around the window.
    """
    judged = _consider(account_id, occurred_at, clues, clicks)
    considered = _list_once(judged)
    eligible = _find_surest(judged)
    model = _choose_model([clicks[click_id] for click_id in eligible], default_model)
    ordered = sorted((clicks[click_id] for click_id in eligible), key=lambda click: (click.clicked_at, click.click_id))
    chosen = (ordered[-1] if model == LAST_CLICK else ordered[0]) if ordered else None
    if chosen is not None:
        fitting = [each.clue for each in judged if each.click_id == chosen.click_id and each.finding is None]
        occurred_at = min(clue.at or occurred_at for clue in fitting)
    receipt = Receipt(
        model=model,
        occurred_at_ms=write_ms(occurred_at),
        candidates=[_describe(each, clicks, chosen, eligible, model) for each in considered],
        first_click=str(ordered[0].click_id) if ordered else None,
        last_click=str(ordered[-1].click_id) if ordered else None,
    )
    missing = tuple(each.click_id for each in considered if each.finding is CandidateFinding.NOT_FOUND)
    nobody = Credit(Method.NONE, False, occurred_at, None, Labels(), _find_reason(considered), missing, receipt)
    if chosen is not None:
        surest = next(each.clue for each in considered if each.click_id == chosen.click_id)
        found = nobody._replace(method=surest.method, is_proven=surest.is_proven, click=chosen, labels=chosen.labels)
        return found._replace(reason=StandingReason.NONE)
    fallback = _find_fallback(fallbacks, judged)
    if fallback is None:
        return nobody
    found = nobody._replace(method=fallback.method, is_proven=fallback.proof > 0, labels=fallback.labels)
    return found._replace(reason=StandingReason.NONE)


def _consider(
    account_id: int, occurred_at: dt.datetime, clues: Iterable[Clue], clicks: Mapping[UUID, KnownClick]
) -> list[_Considered]:
    """Each click under every clue that leads to it, the surest first. What a visitor clicks afterwards is no candidate:
    it tells nothing of what came before.
    """
    judged = [
        _Considered(click_id, clue, _judge(account_id, clue.at or occurred_at, clicks.get(click_id)), clue.is_proven)
        for clue in sorted(clues, key=lambda clue: (_rank(clue), clue.at or occurred_at))
        for click_id in clue.click_ids
    ]
    return [each for each in judged if each.clue.names_it or each.finding is not CandidateFinding.AFTER_CONVERSION]


def _list_once(judged: Sequence[_Considered]) -> list[_Considered]:
    """Each click under the surest clue by which it may earn, else the surest of all."""
    found: dict[UUID, _Considered] = {}
    for each in judged:
        known = found.setdefault(each.click_id, each)
        if known.finding is not None and each.finding is None:
            found[each.click_id] = each
    proven = {each.click_id for each in judged if each.is_proven}
    once = (each._replace(is_proven=click_id in proven) for click_id, each in found.items())
    return sorted(once, key=lambda each: (each.clue.method, each.click_id))


def _rank(clue: Clue) -> tuple[int, bool]:
    return clue.method, not clue.is_proven


def _judge(account_id: int, occurred_at: dt.datetime, click: KnownClick | None) -> CandidateFinding | None:
    if click is None:
        return CandidateFinding.NOT_FOUND
    if click.account_id != account_id:
        return CandidateFinding.OF_ANOTHER_ACCOUNT
    if click.clicked_at > occurred_at:
        return CandidateFinding.AFTER_CONVERSION
    if occurred_at - click.clicked_at > dt.timedelta(seconds=click.window_s):
        return CandidateFinding.OUTSIDE_WINDOW
    return None if click.is_counted else CandidateFinding.NOT_COUNTED


def _find_surest(judged: Iterable[_Considered]) -> frozenset[UUID]:
    """In the order of `_consider`."""
    fine = (each for each in judged if each.finding is None)
    for _, alike in groupby(fine, key=lambda each: _rank(each.clue)):
        return frozenset(each.click_id for each in alike)
    return frozenset()


def _choose_model(clicks: Sequence[KnownClick], default_model: str) -> str:
    """That of their offer, where all are of one."""
    models = {click.model for click in clicks}
    return models.pop() if len(models) == 1 else default_model


def _find_fallback(fallbacks: Iterable[Fallback], judged: Sequence[_Considered]) -> Fallback | None:
    """What was proven decides over what was not, and is not put in doubt by clicks that anybody may name.

    A click that is named and not there puts a link in doubt too: it may still come, or be too old to be kept.
    """
    usable = (
        each
        for each in fallbacks
        if each.method is not Method.LINK or not any(one.clue.is_proven or each.proof is Proof.NONE for one in judged)
    )
    return min(usable, key=_rank_fallback, default=None)


def _rank_fallback(fallback: Fallback) -> tuple[bool, Method, int, int]:
    return fallback.proof is Proof.NONE, fallback.method, -fallback.proof, fallback.labels.link_id or 0


def _find_reason(considered: Iterable[_Considered]) -> StandingReason:
    findings = {each.finding for each in considered}
    return next(
        (reason for finding, reason in _REASONS.items() if finding in findings), StandingReason.NOTHING_TO_GO_BY
    )


def _describe(
    each: _Considered,
    clicks: Mapping[UUID, KnownClick],
    chosen: KnownClick | None,
    eligible: frozenset[UUID],
    model: str,
) -> Candidate:
    click = clicks.get(each.click_id)
    finding = each.finding
    if finding is None:
        if chosen is not None and each.click_id == chosen.click_id:
            finding = CandidateFinding.CHOSEN
        elif each.click_id in eligible:
            finding = CandidateFinding.NOT_THE_LAST if model == LAST_CLICK else CandidateFinding.NOT_THE_FIRST
        else:
            finding = CandidateFinding.LESS_SURE
    is_ours = click is not None and finding is not CandidateFinding.OF_ANOTHER_ACCOUNT
    return Candidate(
        click_id=str(each.click_id),
        method=each.clue.method,
        finding=finding,
        clicked_at_ms=write_ms(read_click_time(each.click_id)),
        link_id=click.labels.link_id if click is not None and is_ours else None,
        window_s=click.window_s if click is not None and is_ours else None,
        offer_id=click.labels.offer_id if click is not None and is_ours else msgspec.UNSET,
        is_proven=each.clue.is_proven if finding is CandidateFinding.CHOSEN else each.is_proven,
    )
