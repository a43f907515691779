import pytest

from tracking.conversions.kinds import Proof, Source
from tracking.conversions.reading import GivenReport, KnownReport, RefusalCode, ReportError, read_report

NOW_MS = 1_790_000_000_000  # 2026-09-21T14:13:20Z
FIRST, SECOND = b"a click id of 16", b"another click id"
KNOWN = KnownReport(
    account_id=7,
    received_at_ms=NOW_MS,
    source=Source.POSTBACK,
    proof=Proof.NONE,
    read_click_id={"first": FIRST, "second": SECOND}.get,
)
PROVEN = KNOWN._replace(proof=Proof.SIGNATURE, source=Source.SIGNED_POSTBACK)
SALE = GivenReport(txn_id="A-1001", revenue="12.50", currency="EUR")


def refuse(given: GivenReport, known: KnownReport = KNOWN) -> tuple[RefusalCode, str]:
    with pytest.raises(ReportError) as caught:
        read_report(given, known)
    return caught.value.code, caught.value.field


@pytest.mark.feature("TR13")
def test_a_report_says_what_was_given() -> None:
    given = GivenReport(
        event=" Demo Booked ",
        txn_id=" A-1001 ",
        revenue="12.50",
        currency="eur",
        coupon=" ANN10 ",
        click_ids=("first", "", "second", "first"),
    )
    known = PROVEN._replace(link_id=3, offer_id=4, visitor_keys=(b"k" * 16,), page_host="shop.example")

    report = read_report(given, known)

    assert report.event == "demo booked"
    assert report.txn_id == "A-1001"
    assert (report.revenue, report.currency) == ("12.50", "EUR")
    assert report.coupon == "ANN10"
    assert report.click_ids == [FIRST, SECOND]
    assert (report.link_id, report.offer_id, report.visitor_keys) == (3, 4, [b"k" * 16])
    assert (report.source, report.proof) == (Source.SIGNED_POSTBACK, Proof.SIGNATURE)
    assert (report.account_id, report.received_at_ms, report.page_host) == (7, NOW_MS, "shop.example")
    assert (report.order_key, report.part, report.occurred_at_ms) == ("t:A-1001", "", None)


def test_without_an_event_it_is_a_sale() -> None:
    assert read_report(SALE, KNOWN).event == "sale"


class TestKeys:
    def test_without_a_txn_id_the_first_click_id_is_the_key(self) -> None:
        report = read_report(GivenReport(click_ids=("second", "first")), KNOWN)
        assert report.order_key == f"c:{SECOND.hex()}"

    @pytest.mark.feature("TR16", "R7")
    def test_with_neither_it_is_refused(self) -> None:
        assert refuse(GivenReport(event="lead")) == (RefusalCode.MISSING, "txn_id")
        assert refuse(GivenReport(event="lead", txn_id=" ")) == (RefusalCode.MISSING, "txn_id")

    def test_a_visitor_key_alone_is_none(self) -> None:
        known = KNOWN._replace(visitor_keys=(b"k" * 16,), link_id=3)
        assert refuse(GivenReport(), known) == (RefusalCode.MISSING, "txn_id")

    @pytest.mark.parametrize("txn_id", ["x" * 129, "a\nb", "a\0b", "\ud800", "\N{ZERO WIDTH SPACE}a"])
    def test_what_cannot_be_a_key_is_refused(self, txn_id: str) -> None:
        assert refuse(SALE._replace(txn_id=txn_id)) == (RefusalCode.INVALID, "txn_id")

    def test_128_characters_are_a_key(self) -> None:
        assert read_report(SALE._replace(txn_id="Ö" * 128), KNOWN).txn_id == "Ö" * 128


class TestClickIds:
    def test_one_that_is_not_ours_is_refused(self) -> None:
        assert refuse(SALE._replace(click_ids=("first", "forged"))) == (RefusalCode.BAD_CLICK_ID, "click_id")

    def test_from_a_page_it_is_left_out_where_there_is_another_key(self) -> None:
        known = KNOWN._replace(ignores_bad_click_ids=True)
        assert read_report(SALE._replace(click_ids=("forged",)), known).click_ids == []
        assert read_report(GivenReport(click_ids=("forged", "first")), known).click_ids == [FIRST]

    def test_from_a_page_it_is_refused_where_there_is_none(self) -> None:
        known = KNOWN._replace(ignores_bad_click_ids=True)
        assert refuse(GivenReport(click_ids=("forged",)), known) == (RefusalCode.BAD_CLICK_ID, "click_id")

    def test_eleven_are_too_many(self) -> None:
        assert refuse(SALE._replace(click_ids=("first",) * 11)) == (RefusalCode.INVALID, "click_id")


class TestMoney:
    @pytest.mark.parametrize(
        ("revenue", "currency"), [("12.50", "EUR"), ("12", "EUR"), ("1200", "JPY"), ("1.234", "BHD"), ("0", "USD")]
    )
    def test_decimals_in_major_units_are_taken_as_they_are(self, revenue: str, currency: str) -> None:
        report = read_report(SALE._replace(revenue=revenue, currency=currency), KNOWN)
        assert (report.revenue, report.currency) == (revenue, currency)

    @pytest.mark.feature("TR13")
    @pytest.mark.parametrize(
        ("revenue", "currency"),
        [
            ("12.505", "EUR"),
            ("12.500", "EUR"),
            ("1200.0", "JPY"),
            ("1.2345", "BHD"),
            ("1.2345", ""),
            ("-1", "EUR"),
            ("+1", "EUR"),
            ("1e3", "EUR"),
            ("1,50", "EUR"),
            ("1_000", "EUR"),
            ("NaN", "EUR"),
            (".5", "EUR"),
            ("٣", "EUR"),
            ("0x1", "EUR"),
            ("10000000000000.01", "EUR"),
            ("1000000000000.001", ""),
        ],
    )
    def test_anything_else_is_refused_by_its_name(self, revenue: str, currency: str) -> None:
        assert refuse(SALE._replace(revenue=revenue, currency=currency)) == (RefusalCode.INVALID, "revenue")

    def test_the_currency_of_the_named_offer_stands_for_one_that_is_missing(self) -> None:
        known = KNOWN._replace(currency="JPY", offer_id=4)
        assert read_report(SALE._replace(revenue="1200", currency=""), known).currency == "JPY"
        assert refuse(SALE._replace(currency=""), known) == (RefusalCode.INVALID, "revenue")

    def test_where_nobody_knows_the_currency_up_to_three_digits_are_left_to_the_worker(self) -> None:
        report = read_report(SALE._replace(revenue="1.234", currency=""), KNOWN)
        assert (report.revenue, report.currency) == ("1.234", "")

    def test_an_unknown_currency_is_refused(self) -> None:
        assert refuse(SALE._replace(currency="XXX")) == (RefusalCode.INVALID, "currency")

    def test_no_revenue_stays_none(self) -> None:
        assert read_report(SALE._replace(revenue=""), KNOWN).revenue == ""


class TestEvents:
    @pytest.mark.parametrize("event", ["x" * 65, "a\nb", "a\0"])
    def test_a_name_that_cannot_be_stored_is_refused(self, event: str) -> None:
        assert refuse(SALE._replace(event=event)) == (RefusalCode.INVALID, "event")

    @pytest.mark.feature("TR16")
    @pytest.mark.parametrize("event", ["refund", "chargeback", "VOID"])
    def test_what_takes_back_names_its_order(self, event: str) -> None:
        given = GivenReport(event=event, refund_id="r1", click_ids=("first",))
        assert refuse(given) == (RefusalCode.MISSING, "txn_id")

    def test_a_refund_has_an_id_of_its_own(self) -> None:
        assert refuse(SALE._replace(event="refund")) == (RefusalCode.MISSING, "refund_id")
        assert read_report(SALE._replace(event="refund", refund_id=" r1 "), KNOWN).part == "r1"

    @pytest.mark.parametrize("event", ["chargeback", "void"])
    def test_chargebacks_and_voids_may_go_without(self, event: str) -> None:
        assert read_report(SALE._replace(event=event), KNOWN).part == ""

    @pytest.mark.parametrize("event", ["", "sale", "demo booked"])
    def test_nothing_else_has_a_refund_id(self, event: str) -> None:
        assert refuse(SALE._replace(event=event, refund_id="r1")) == (RefusalCode.INVALID, "refund_id")

    def test_a_coupon_of_65_characters_is_refused(self) -> None:
        assert refuse(SALE._replace(coupon="x" * 65)) == (RefusalCode.INVALID, "coupon")


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "at_ms"),
        [
            ("2026-09-21T14:13:20Z", NOW_MS),
            ("2026-09-21 16:13:20.500+02:00", NOW_MS + 500),
            ("1790000000", NOW_MS),
            ("1790000300", NOW_MS + 300_000),
            ("2000-01-01T00:00Z", 946_684_800_000),
        ],
    )
    def test_a_proven_report_says_when_it_happened(self, text: str, at_ms: int) -> None:
        assert read_report(SALE._replace(occurred_at=text), PROVEN).occurred_at_ms == at_ms

    @pytest.mark.parametrize("text", ["2020-01-01T00:00:00Z", "nonsense"])
    def test_from_anybody_else_it_is_not_believed(self, text: str) -> None:
        assert read_report(SALE._replace(occurred_at=text), KNOWN).occurred_at_ms is None

    @pytest.mark.parametrize(
        "text",
        [
            "2026-09-21T14:13:20",
            "2026-09-21",
            "yesterday",
            "1790000301",
            "1999-12-31T23:59:59Z",
            "2026-13-01T00:00:00Z",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "1790000000000",
        ],
    )
    def test_a_time_that_is_none_or_to_come_is_refused(self, text: str) -> None:
        assert refuse(SALE._replace(occurred_at=text), PROVEN) == (RefusalCode.INVALID, "occurred_at")
