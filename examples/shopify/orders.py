"""What Shopify's webhooks say, as reports. Pure.

Amounts are what the buyer saw (`presentment_money`), as the pixel has them too: two reports of one order then agree.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

_CLICK_ID = re.compile(r"[A-Za-z0-9_-]{34}")


class Report(NamedTuple):
    """`key` is the same however often Shopify tells of it."""

    key: str
    fields: dict[str, str]


def read_webhook(topic: str, told: Mapping[str, Any]) -> Report | None:
    """None for what is no business of Creatrail's."""
    if topic == "orders/paid" and not told.get("test"):
        return _read_sale(told)
    if topic == "refunds/create":
        return _read_refund(told)
    return None


def _read_sale(order: Mapping[str, Any]) -> Report:
    price = order["total_price_set"]["presentment_money"]
    codes = [each["code"] for each in order.get("discount_codes", [])]
    fields = {
        "event": "sale",
        "txn_id": str(order["id"]),
        "revenue": _write_amount(Decimal(price["amount"])),
        "currency": price["currency_code"],
        "occurred_at": order["processed_at"],
        "click_id": _find_click_id(order.get("landing_site") or ""),
        "coupon": codes[0] if codes else "",
    }
    return Report(f"sale {order['id']}", {name: value for name, value in fields.items() if value})


def _read_refund(refund: Mapping[str, Any]) -> Report | None:
    """None where goods came back and no money went."""
    paid = [each for each in refund["transactions"] if (each["kind"], each["status"]) == ("refund", "success")]
    total = sum((Decimal(each["amount"]) for each in paid), Decimal(0))
    if not total:
        return None
    fields = {
        "event": "refund",
        "txn_id": str(refund["order_id"]),
        "refund_id": str(refund["id"]),
        "revenue": _write_amount(total),
        "currency": paid[0]["currency"],
        "occurred_at": refund["created_at"],
    }
    return Report(f"refund {refund['id']}", fields)


def _write_amount(amount: Decimal) -> str:
    """Without the zeros that Shopify adds to currencies that have no such digits: 1200.00 JPY is 1200."""
    return f"{amount.normalize():f}"


def _find_click_id(landing_site: str) -> str:
    """From the first page that the buyer saw of the shop, if it was a short link that led there."""
    query = parse_qs(urlsplit(landing_site).query)
    [given] = query.get("ct", [""])[:1]
    return given if _CLICK_ID.fullmatch(given) else ""
