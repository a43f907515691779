"""What the example makes of Shopify's webhooks, and that it sends each report until it is taken."""

import base64
import hmac
from collections.abc import Mapping
from pathlib import Path

import pytest

from examples.reporting.outbox import Outbox
from examples.reporting.signed_report import Answer
from examples.shopify.orders import read_webhook
from examples.shopify.webhooks import is_of_shopify

CLICK_ID = "A" * 34
ORDER = {
    "id": 5432109876,
    "test": False,
    "processed_at": "2026-11-21T10:00:00-05:00",
    "landing_site": f"/products/shoes?size=42&ct={CLICK_ID}",
    "discount_codes": [{"code": "ANN10", "amount": "5.00", "type": "percentage"}],
    "total_price": "70.00",
    "currency": "USD",
    "total_price_set": {
        "shop_money": {"amount": "70.00", "currency_code": "USD"},
        "presentment_money": {"amount": "9800.00", "currency_code": "JPY"},
    },
}
REFUND = {
    "id": 77,
    "order_id": 5432109876,
    "created_at": "2026-11-22T10:00:00-05:00",
    "transactions": [
        {"kind": "refund", "status": "success", "amount": "10.00", "currency": "EUR"},
        {"kind": "refund", "status": "success", "amount": "2.50", "currency": "EUR"},
        {"kind": "refund", "status": "failure", "amount": "9.00", "currency": "EUR"},
    ],
}


def test_an_order_is_reported_in_what_the_buyer_paid() -> None:
    report = read_webhook("orders/paid", ORDER)

    assert report is not None
    assert report.key == "sale 5432109876"
    assert report.fields == {
        "event": "sale",
        "txn_id": "5432109876",
        "revenue": "9800",
        "currency": "JPY",
        "occurred_at": "2026-11-21T10:00:00-05:00",
        "click_id": CLICK_ID,
        "coupon": "ANN10",
    }


def test_a_refund_is_the_sum_of_what_was_paid_back() -> None:
    report = read_webhook("refunds/create", REFUND)

    assert report is not None
    assert (report.key, report.fields["refund_id"], report.fields["revenue"]) == ("refund 77", "77", "12.5")


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("orders/paid", {**ORDER, "test": True}),
        ("refunds/create", {**REFUND, "transactions": []}),
        ("carts/update", {}),
    ],
)
def test_what_is_no_money_is_not_reported(topic: str, told: Mapping[str, object]) -> None:
    assert read_webhook(topic, told) is None


def test_a_click_id_is_taken_from_the_landing_page_alone_and_only_in_its_form() -> None:
    for landing_site in (None, "/", "/?ct=short", f"/?ct={CLICK_ID}x"):
        report = read_webhook("orders/paid", {**ORDER, "landing_site": landing_site})
        assert report is not None
        assert "click_id" not in report.fields


def test_a_webhook_is_shopifys_by_its_signature_alone() -> None:
    signature = base64.b64encode(hmac.digest(b"secret", b"{}", "sha256")).decode()

    assert is_of_shopify("secret", b"{}", signature)
    assert not is_of_shopify("secret", b"{}", "")
    assert not is_of_shopify("secret", b"{ }", signature)
    assert not is_of_shopify("another", b"{}", signature)
    assert not is_of_shopify("secret", b"{}", "\N{SNOWMAN}")


class TestOutbox:
    def test_a_report_is_sent_until_it_is_taken_and_never_again(self, tmp_path: Path) -> None:
        answers = iter([Answer(0, "refused"), Answer(503, ""), Answer(202, "")])
        sent: list[Mapping[str, str]] = []

        def send(report: Mapping[str, str]) -> Answer:
            sent.append(report)
            return next(answers)

        outbox = Outbox(tmp_path / "outbox.db", send)
        outbox.add("sale 1", {"txn_id": "1"})
        outbox.add("sale 1", {"txn_id": "1"})

        assert [outbox.send_due(now) for now in (100.0, 100.5, 101.0, 102.5, 103.0, 10_000.0)] == [1, 0, 1, 0, 1, 0]
        assert sent == [{"txn_id": "1"}] * 3

    def test_what_cannot_be_right_is_left_to_a_person(self, tmp_path: Path) -> None:
        outbox = Outbox(tmp_path / "outbox.db", lambda _: Answer(400, "invalid"))
        outbox.add("sale 1", {"revenue": "a lot"})

        assert [outbox.send_due(now) for now in (100.0, 10_000.0)] == [1, 0]

    def test_whoever_runs_it_is_told_of_what_is_not_taken(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        answers = iter([Answer(0, "no such host"), Answer(202, ""), Answer(400, "revenue is a decimal number")])
        outbox = Outbox(tmp_path / "outbox.db", lambda _: next(answers))
        outbox.add("sale 1", {"txn_id": "1"})
        for now in (100.0, 101.0):
            outbox.send_due(now)
        outbox.add("sale 2", {"txn_id": "2"})
        outbox.send_due(102.0)

        assert caplog.messages == [
            "sale 1 is not taken, again in 1 s: 0 no such host",
            "sale 2 is not taken, it stays in the file: 400 revenue is a decimal number",
        ]

    def test_another_process_goes_on_with_what_is_in_the_file(self, tmp_path: Path) -> None:
        sent: list[Mapping[str, str]] = []
        Outbox(tmp_path / "outbox.db", lambda _: Answer(0, "")).add("sale 1", {"txn_id": "1"})

        def send(report: Mapping[str, str]) -> Answer:
            sent.append(report)
            return Answer(202, "")

        assert Outbox(tmp_path / "outbox.db", send).send_due(100.0) == 1
        assert sent == [{"txn_id": "1"}]
