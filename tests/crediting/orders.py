"""How all conversions of an order stand, and what they add up to, by docs/conversions.md and rule 7 alone."""

from collections import Counter
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.crediting.known import KnownConversion
from tests.crediting.oracle import SALES_COME, Oracle
from tests.crediting.standings import Credit, Money, Standing
from tracking.conversions.kinds import Method, Proof, StandingReason, Status, Trust

Figures = Counter[tuple[object, ...]]


def decide_order(oracle: Oracle, order: dict[UUID, KnownConversion]) -> dict[UUID, Standing]:
    bases = {each.conversion_id: decide_base(oracle, each) for each in order.values() if not each.is_correction}
    corrections = sorted((each for each in order.values() if each.is_correction), key=lambda each: each.number)
    if not bases:
        return {each.conversion_id: await_sale(oracle, each) for each in corrections}
    sale = min((order[each] for each in bases), key=lambda each: rank_base(each, bases[each.conversion_id]))
    return bases | take_back(oracle, sale, bases[sale.conversion_id], corrections)


def rank_base(conversion: KnownConversion, standing: Standing) -> tuple[object, ...]:
    """Corrections are of the sale, else of the rebill, else of what was recorded first; but what is
    proven to be worth something comes before, and what nothing shows is last.
    """
    is_unsure = standing.trust is Trust.UNVERIFIED and standing.status is not Status.APPROVED
    event = conversion.event.event
    is_proven = any(each.is_proven for each in conversion.reports) and standing.value is not None
    is_bought = event in ("sale", "rebill", "demo") and is_proven
    return is_unsure, not is_bought, event != "sale", event != "rebill", conversion.number


def decide_base(oracle: Oracle, conversion: KnownConversion) -> Standing:
    credit = oracle.find_credit(conversion)
    trust = oracle.find_trust(conversion.reports, credit)
    said, others = oracle.find_amounts(conversion, credit)
    try:
        value = oracle.value(conversion, said, credit.offer_id)
    except ValueError:
        bad = frozenset({StandingReason.BAD_AMOUNT})
        return Standing(Status.REJECTED, bad, trust, credit, credit.occurred_at, others=others)
    status, reasons = rule(conversion, *find_status(oracle, conversion, credit, trust))
    payout = oracle.pay(conversion.event.event, value, credit.offer_id)
    return Standing(status, reasons, trust, credit, credit.occurred_at, value, payout, others)


def find_status(
    oracle: Oracle, conversion: KnownConversion, credit: Credit, trust: Trust
) -> tuple[Status, frozenset[StandingReason]]:
    is_unsure = trust is Trust.UNVERIFIED and not oracle.terms.approves_unverified
    if credit.method is Method.NONE:
        if oracle.is_click_awaited(conversion):
            return Status.WAITING, frozenset({StandingReason.CLICK_NOT_FOUND})
        if credit.why_not == {StandingReason.NOTHING_TO_GO_BY} and is_unsure and conversion.ruling != "approved":
            return Status.HELD, frozenset({StandingReason.UNVERIFIED})
        return Status.UNMATCHED, credit.why_not
    if is_unsure:
        return Status.HELD, frozenset({StandingReason.UNVERIFIED})
    if conversion.is_over_cap and not any(each.is_proven for each in conversion.reports):
        return Status.HELD, frozenset({StandingReason.OVER_CAP})
    return Status.APPROVED, frozenset({StandingReason.NONE})


def rule(
    conversion: KnownConversion, status: Status, reasons: frozenset[StandingReason]
) -> tuple[Status, frozenset[StandingReason]]:
    by_a_person = frozenset({StandingReason.BY_A_PERSON})
    if conversion.ruling == "rejected":
        return Status.REJECTED, by_a_person
    if conversion.ruling == "approved" and status in (Status.HELD, Status.APPROVED):
        return Status.APPROVED, by_a_person
    return status, reasons


def await_sale(oracle: Oracle, conversion: KnownConversion) -> Standing:
    occurred_at = oracle.find_moment(conversion.reports)
    is_young = any(oracle.now - each.received_at < SALES_COME for each in conversion.reports)
    status = Status.WAITING if is_young else Status.UNMATCHED
    missing = frozenset({StandingReason.SALE_NOT_FOUND})
    trust = find_trust_of_correction(conversion)
    return Standing(*rule(conversion, status, missing), trust, Credit(), occurred_at)


def find_trust_of_correction(conversion: KnownConversion) -> Trust:
    best = max(each.event.proof for each in conversion.reports)
    return Trust.SIGNED if best == Proof.SIGNATURE else Trust.TOKEN if best else Trust.UNVERIFIED


def take_back(
    oracle: Oracle, sale: KnownConversion, base: Standing, corrections: list[KnownConversion]
) -> dict[UUID, Standing]:
    """Those that were recorded first take first."""
    voids = [each for each in corrections if each.event.event == "void"]
    if any(is_believed(each, base) for each in voids) and base.status is not Status.REJECTED:
        base = base._replace(status=Status.VOIDED, reasons=frozenset({StandingReason.VOIDED}))
    decided = {sale.conversion_id: base}
    left = base.value
    for each in corrections:
        standing = take(oracle, sale, base, each, left)
        decided[each.conversion_id] = standing
        is_gone = standing.status is not Status.REJECTED and StandingReason.UNVERIFIED not in standing.reasons
        if left and standing.value and is_gone:
            left = left[0] + standing.value[0], left[1]
    return decided


def is_believed(conversion: KnownConversion, base: Standing) -> bool:
    """A person's word, or a proof; the secret of an offer proves nothing of what belongs to another one."""
    if conversion.ruling:
        return conversion.ruling == "approved"
    proofs = [each.event.proof for each in conversion.reports if base.credit.offer_id in (None, each.event.offer_id)]
    return max((each.event.proof for each in conversion.reports), default=0) > Proof.OFFER_SECRET or any(proofs)


def take(oracle: Oracle, sale: KnownConversion, base: Standing, each: KnownConversion, left: Money | None) -> Standing:
    said, others = oracle.find_amounts(each, Credit())
    none, moment = frozenset({StandingReason.NONE}), oracle.find_moment(each.reports)
    standing = Standing(Status.APPROVED, none, find_trust_of_correction(each), base.credit, moment, others=others)
    is_void = each.event.event == "void"
    fault = StandingReason.BY_A_PERSON if each.ruling == "rejected" else None
    fault = fault or (None if is_void else find_fault(oracle, each, said, left))
    if fault:
        return standing._replace(status=Status.REJECTED, reasons=frozenset({fault}))
    taken = None if is_void else measure(oracle, each, said, left)
    standing = standing._replace(value=(-taken[0], taken[1]) if taken else None)
    if not is_believed(each, base):
        return standing._replace(status=Status.HELD, reasons=frozenset({StandingReason.UNVERIFIED}))
    if is_void or base.status is Status.APPROVED:
        payout = None if is_void else pay_back(oracle, sale, base, left, standing.value)
        return standing._replace(payout=payout)
    is_voided = base.status is Status.VOIDED
    reason = StandingReason.VOIDED if is_voided else StandingReason.SALE_NOT_APPROVED
    return standing._replace(status=base.status, reasons=frozenset({reason}))


def find_fault(
    oracle: Oracle, each: KnownConversion, said: tuple[Decimal, str] | None, left: Money | None
) -> StandingReason | None:
    if said is None:
        return None
    if left is None:
        return StandingReason.ABOVE_SALE
    if said[1] not in ("", left[1]):
        return StandingReason.OTHER_CURRENCY
    try:
        taken = measure(oracle, each, said, left)
    except ValueError:
        return StandingReason.BAD_AMOUNT
    return StandingReason.ABOVE_SALE if taken and taken[0] > left[0] else None


def measure(
    oracle: Oracle, each: KnownConversion, said: tuple[Decimal, str] | None, left: Money | None
) -> Money | None:
    if said is None or left is None:
        return left
    return oracle.value(each, (said[0], left[1]), None)


def pay_back(
    oracle: Oracle, sale: KnownConversion, base: Standing, left: Money | None, taken: Money | None
) -> Money | None:
    """All parts together take exactly what all paid."""
    if left is None or taken is None:
        return None
    event, offer_id = sale.event.event, base.credit.offer_id
    before = oracle.pay(event, left, offer_id)
    after = oracle.pay(event, (left[0] + taken[0], left[1]), offer_id)
    return (after[0] - before[0], before[1]) if before and after and after[0] != before[0] else None


def count(oracle: Oracle, decided: dict[UUID, Standing], zone: ZoneInfo) -> Figures:
    """Of both datings: by link, creator, campaign, offer, local day and currency."""
    figures: Figures = Counter()
    events = {each.conversion_id: each.event.event for each in oracle.known.list_conversions()}
    for conversion_id, standing in decided.items():
        if standing.status is not Status.APPROVED:
            continue
        for dating in (1, 2):
            for name, currency, amount in list_outcomes(oracle, events[conversion_id], standing):
                if amount:
                    figures[(*find_place(standing, dating, zone), currency, name)] += amount
    return Counter({key: amount for key, amount in figures.items() if amount})


def find_place(standing: Standing, dating: int, zone: ZoneInfo) -> tuple[object, ...]:
    credit = standing.credit
    moment = credit.click.clicked_at if dating == 2 and credit.click else standing.occurred_at
    link_id = None if credit.link.contact_id else credit.link.link_id or None
    day = moment.astimezone(zone).date()
    return dating, link_id, credit.link.creator_id, credit.link.campaign_id, credit.offer_id, day


def list_outcomes(oracle: Oracle, event: str, standing: Standing) -> list[tuple[str, str, int]]:
    counted = oracle.terms.counted_of_campaigns.get(standing.credit.link.campaign_id or 0, oracle.terms.counted)
    currency = standing.value[1] if standing.value else ""
    value = standing.value[0] if standing.value else 0
    lines = [("gross_minor", currency, max(value, 0)), ("refunds_minor", currency, max(-value, 0))]
    if standing.payout:
        lines.append(("payout_minor", standing.payout[1], standing.payout[0]))
    if event in counted:
        lines.append(("conversions", currency, 1))
        lines.append(("credited_conversions", currency, int(standing.credit.click is not None)))
    return lines
