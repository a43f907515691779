"""An order as a whole: never more given back than it is worth, and parts that take what all paid (TR16, TR21)."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.conversions.amounts import Report, Said, find_amounts
from tracking.conversions.deciding import Decision, Known, Terms, Tracks
from tracking.conversions.kinds import (
    COUNTED_BY_DEFAULT,
    ConversionKind,
    Method,
    Proof,
    Source,
    StandingReason,
    Status,
    Trust,
)
from tracking.conversions.orders import decide_order
from tracking.conversions.rules import Fallback, Labels
from tracking.money import Money
from tracking.offers.events import OfferEvent

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
LATE = dt.timedelta(days=7)
OFFER = 3
NAMES = {kind: kind.name.lower() for kind in ConversionKind}


def make_report(revenue: str | None, proof: Proof = Proof.SIGNATURE, currency: str | None = None) -> Report:
    amount = None if revenue is None else Decimal(revenue)
    return Report(Source.SIGNED_POSTBACK, proof, amount, currency, None, NOW, (), (), None, OFFER, None, None)


def make_known(number: int, kind: ConversionKind, *reports: Report) -> Known:
    return Known(UUID(int=number), number, kind, NAMES[kind], None, False, reports)


def make_terms(*events: OfferEvent, currency: str = "EUR") -> Terms:
    counted = frozenset(kind.name for kind in COUNTED_BY_DEFAULT)
    return Terms(1, currency, "FIRST_CLICK", False, counted, {}, {OFFER: events}, {})


def decide(*conversions: Known, terms: Terms | None = None, now: dt.datetime = NOW) -> dict[int, Decision]:
    tracks = Tracks((), {}, (Fallback(Method.OFFER, Proof.SIGNATURE, Labels(offer_id=OFFER)),))
    of_all = {known.conversion_id: tracks for known in conversions}
    decided = decide_order(conversions, of_all, terms or make_terms(), now, LATE)
    return {conversion_id.int: decision for conversion_id, decision in decided.items()}


def sum_values(decided: Iterable[Decision]) -> int:
    standings = [decision.standing for decision in decided]
    return sum(each.value.amount_minor for each in standings if each.status is Status.APPROVED and each.value)


def sum_payouts(decided: Iterable[Decision]) -> int:
    return sum(decision.standing.payout.amount_minor for decision in decided if decision.standing.payout)


SALE = make_known(1, ConversionKind.SALE, make_report("12.50"))
CENTS = st.integers(0, 2_000).map(lambda minor: str(Decimal(minor).scaleb(-2)))
TAKING = st.sampled_from([ConversionKind.REFUND, ConversionKind.CHARGEBACK])


@pytest.mark.feature("TR16", "R7")
class TestTakingBack:
    @given(st.lists(st.tuples(TAKING, CENTS), max_size=8))
    def test_never_more_than_the_sale_is_worth(self, taken: list[tuple[ConversionKind, str]]) -> None:
        parts = [make_known(number, kind, make_report(amount)) for number, (kind, amount) in enumerate(taken, 2)]
        decided = decide(SALE, *parts)
        assert 0 <= sum_values(decided.values()) <= 1250
        reasons = {decision.standing.reason for decision in decided.values()}
        assert reasons <= {StandingReason.NONE, StandingReason.ABOVE_SALE}

    @given(st.lists(CENTS, min_size=1, max_size=6), st.integers(0, 10_000))
    def test_giving_all_of_it_back_takes_all_that_it_paid(self, parts: list[str], basis_points: int) -> None:
        terms = make_terms(OfferEvent("sale", payout_basis_points=basis_points))
        total = sum(map(Decimal, parts), Decimal())
        sale = make_known(1, ConversionKind.SALE, make_report(str(total)))
        refunds = [make_known(number, ConversionKind.REFUND, make_report(part)) for number, part in enumerate(parts, 2)]
        decided = decide(sale, *refunds, terms=terms)
        assert (sum_values(decided.values()), sum_payouts(decided.values())) == (0, 0)

    def test_one_without_an_amount_takes_what_is_left(self) -> None:
        part = make_known(2, ConversionKind.REFUND, make_report("2.50"))
        rest = make_known(3, ConversionKind.CHARGEBACK, make_report(None))
        decided = decide(SALE, part, rest)
        assert decided[3].standing.value == Money(-1000, "EUR")

    def test_a_fixed_payout_stays_when_a_part_is_given_back(self) -> None:
        terms = make_terms(OfferEvent("sale", payout=Money(300, "EUR")))
        refund = make_known(2, ConversionKind.REFUND, make_report("12.50"))
        decided = decide(SALE, refund, terms=terms)
        assert (decided[1].standing.payout, decided[2].standing.payout) == (Money(300, "EUR"), None)

    def test_a_void_takes_the_payout_too(self) -> None:
        terms = make_terms(OfferEvent("sale", payout=Money(300, "EUR")))
        decided = decide(SALE, make_known(2, ConversionKind.VOID, make_report(None)), terms=terms)
        standing = decided[1].standing
        assert (standing.status, standing.payout, standing.is_counted) == (Status.VOIDED, None, False)

    def test_another_currency_takes_nothing(self) -> None:
        refund = make_known(2, ConversionKind.REFUND, make_report("1.00", currency="USD"))
        standing = decide(SALE, refund)[2].standing
        assert (standing.status, standing.reason) == (Status.REJECTED, StandingReason.OTHER_CURRENCY)

    def test_a_refund_of_what_is_held_is_held_with_it_and_counts_nothing(self) -> None:
        claimed = make_known(1, ConversionKind.SALE, make_report("12.50", Proof.NONE))
        refund = make_known(2, ConversionKind.REFUND, make_report("2.50"))
        standing = decide(claimed, refund)[2].standing
        assert (standing.status, standing.reason) == (Status.HELD, StandingReason.SALE_NOT_APPROVED)
        assert (standing.value, standing.payout) == (Money(-250, "EUR"), None)

    def test_a_refund_that_nobody_proved_leaves_the_sale_to_one_that_is(self) -> None:
        claimed = make_known(2, ConversionKind.REFUND, make_report("12.50", Proof.NONE))
        proven = make_known(3, ConversionKind.REFUND, make_report("12.50"))
        decided = decide(SALE, claimed, proven)
        assert [decided[number].standing.status for number in (2, 3)] == [Status.HELD, Status.APPROVED]

    @pytest.mark.parametrize(("days", "status"), [(30, Status.WAITING), (31, Status.UNMATCHED)])
    def test_it_waits_thirty_days_for_its_sale(self, days: int, status: Status) -> None:
        refund = make_known(2, ConversionKind.REFUND, make_report("1.00"))
        assert decide(refund, now=NOW + dt.timedelta(days=days))[2].standing.status is status

    def test_the_sale_is_meant_when_an_order_has_a_signup_too(self) -> None:
        signup = make_known(0, ConversionKind.SIGNUP, make_report("1.00"))
        refund = make_known(2, ConversionKind.REFUND, make_report("12.50"))
        assert decide(signup, SALE, refund)[2].standing.status is Status.APPROVED


@pytest.mark.feature("TR13", "R7")
class TestAmounts:
    def test_a_default_is_the_value_of_what_names_none(self) -> None:
        terms = make_terms(OfferEvent("sale", default_value=Money(500, "USD")))
        sale = make_known(1, ConversionKind.SALE, make_report(None))
        assert decide(sale, terms=terms)[1].standing.value == Money(500, "USD")

    def test_digits_that_a_currency_does_not_have_are_never_rounded(self) -> None:
        sale = make_known(1, ConversionKind.SALE, make_report("12.5"))
        standing = decide(sale, terms=make_terms(currency="JPY"))[1].standing
        assert (standing.status, standing.reason, standing.value) == (Status.REJECTED, StandingReason.BAD_AMOUNT, None)

    def test_a_report_without_a_currency_agrees_with_one_that_has(self) -> None:
        reports = [make_report("20"), make_report("20.00", Proof.API_KEY, "USD")]
        assert find_amounts(reports) == (Said(Decimal(20), "USD"), ())

    def test_what_proves_nothing_gives_no_currency_to_what_does(self) -> None:
        reports = [make_report("20"), make_report("20.00", Proof.NONE, "KWD")]
        assert find_amounts(reports) == (Said(Decimal(20), None), ())

    def test_the_proven_amount_holds_whoever_came_first(self) -> None:
        reports = [make_report("1", Proof.NONE), make_report("2")]
        for each in (reports, reports[::-1]):
            assert find_amounts(each) == (Said(Decimal(2), None), (Said(Decimal(1), None),))

    def test_a_rebill_counts_as_no_conversion_but_has_its_value(self) -> None:
        standing = decide(make_known(1, ConversionKind.REBILL, make_report("5")))[1].standing
        assert (standing.status, standing.is_counted, standing.value) == (Status.APPROVED, False, Money(500, "EUR"))

    def test_a_signature_is_the_surest(self) -> None:
        assert decide(SALE)[1].standing.trust is Trust.SIGNED
