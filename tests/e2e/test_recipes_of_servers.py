"""Recipes of docs/conversions.md without a script in the browser: the shop's own server keeps the click and reports."""

import base64
import hmac
import json
import shutil
import subprocess
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx2
import pytest

from creatrail.embedded.folders import PROJECT
from tests.e2e.brand import Brand
from tests.e2e.recipes import (
    await_conversions,
    click,
    create_signing_key,
    find_tracker,
    read_code,
    running,
    running_example,
)
from tests.service import find_free_ports
from tests.unit.examples.test_shopify import ORDER, REFUND
from tracking.clock import utc_now

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.feature("TR13", "TR16")]

SECRET = "what Shopify signs with"
CREDITED = ("sale", "APPROVED", "CLICK_ID", "SIGNED", "59.90", True)
NOBODYS = ("sale", "UNMATCHED", "NONE", "SIGNED", "59.90", False)
KEPT = {"httponly": True, "secure": True, "samesite": "Lax", "max-age": "2419200", "path": "/"}


async def request(method: str, url: str, cookies: SimpleCookie, **given: Any) -> httpx2.Response:
    """As a browser with these cookies, which keeps what it gets."""
    header = "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())
    async with httpx2.AsyncClient(timeout=30) as client:
        answer = await client.request(method, url, headers={"Cookie": header} if header else {}, **given)
    for set_cookie in answer.headers.get_list("Set-Cookie"):
        cookies.load(set_cookie)
    return answer


async def test_a_shop_without_any_script_reports_the_order_and_its_click(brand: Brand, tmp_path: Path) -> None:
    link = await brand.create_link("https://shop.example/")
    first, second = [await click(brand, link) for _ in range(2)]
    [port] = find_free_ports(1)
    shop = f"http://127.0.0.1:{port}"
    buyer, stranger = SimpleCookie(), SimpleCookie()
    key = await create_signing_key(brand)

    with running_example(brand, "examples.server.shop", port, SIGNING_KEY=key, OUTBOX=str(tmp_path / "outbox.db")):
        for clicked in (first, second):
            await request("GET", f"{shop}/?ct={clicked}", buyer)
        kept = {name: (cookie.value, {part: cookie[part] for part in KEPT}) for name, cookie in buyer.items()}
        assert kept == {"creatrail_first": (first, KEPT), "creatrail_latest": (second, KEPT)}
        for who in (buyer, stranger):
            assert (await request("POST", f"{shop}/orders", who)).status_code == 201

        found = await await_conversions(brand, CREDITED, NOBODYS)

    [credited] = [node for node in found if node["click"]]
    assert (credited["source"], credited["link"]["id"]) == ("SIGNED_POSTBACK", link.id)
    assert [each["finding"] for each in credited["receipt"]["candidates"]] == ["CHOSEN", "NOT_THE_FIRST"]


def sign_webhook(body: bytes) -> str:
    return base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()


async def tell(url: str, topic: str, told: dict[str, Any], signature: str | None = None) -> int:
    """The status of what the server answers to a webhook."""
    body = json.dumps(told).encode()
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signature or sign_webhook(body)}
    async with httpx2.AsyncClient(timeout=30) as client:
        return (await client.post(url, content=body, headers=headers)).status_code


async def test_shopifys_webhooks_report_orders_and_refunds_once_however_often_they_come(
    brand: Brand, tmp_path: Path
) -> None:
    link = await brand.create_link("https://shop.example/")
    landing_site = f"/?ct={await click(brand, link)}"
    price = {"presentment_money": {"amount": "59.90", "currency_code": "EUR"}}
    order = {**ORDER, "landing_site": landing_site, "discount_codes": [], "total_price_set": price}
    order["processed_at"] = now = utc_now().isoformat()
    [port] = find_free_ports(1)
    url = f"http://127.0.0.1:{port}/"
    given = {
        "SIGNING_KEY": await create_signing_key(brand),
        "SHOPIFY_SECRET": SECRET,
        "OUTBOX": str(tmp_path / "outbox.db"),
    }

    with running_example(brand, "examples.shopify.webhooks", port, **given):
        refund = {**REFUND, "created_at": now}
        told = [("refunds/create", refund), ("orders/paid", order), ("orders/paid", order), ("refunds/create", refund)]
        assert [await tell(url, topic, what) for topic, what in told] == [200] * 4
        assert await tell(url, "orders/paid", {**order, "id": 1}, signature=sign_webhook(b"{}")) == 401

        await await_conversions(brand, CREDITED, ("refund", "APPROVED", "CLICK_ID", "SIGNED", "-12.50", True))


@pytest.mark.feature("R7")
async def test_an_order_that_comes_while_creatrail_is_out_of_reach_is_reported_by_the_next_process(
    brand: Brand, tmp_path: Path
) -> None:
    price = {"presentment_money": {"amount": "59.90", "currency_code": "EUR"}}
    order = {**ORDER, "landing_site": "/", "processed_at": utc_now().isoformat(), "total_price_set": price}
    [port] = find_free_ports(1)
    given = {
        "SIGNING_KEY": await create_signing_key(brand),
        "SHOPIFY_SECRET": SECRET,
        "OUTBOX": str(tmp_path / "outbox.db"),
    }

    with running_example(brand, "examples.shopify.webhooks", port, **given, http_proxy="http://127.0.0.1:1"):
        assert await tell(f"http://127.0.0.1:{port}/", "orders/paid", order) == 200
    with running_example(brand, "examples.shopify.webhooks", port, **given):
        await await_conversions(brand, NOBODYS)


def run_line(line: str) -> str:
    """What it prints, in the root of the project."""
    done = subprocess.run(["sh", "-c", line], cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_openssl_signs_as_the_recipe_says(brand: Brand) -> None:
    key = await create_signing_key(brand)
    [command] = [code for code in read_code("Signatures", "sh") if "report.sh" in code]
    line = command.replace("ct_sign_…", key).replace("https://go.brand.example", find_tracker(brand))

    done, again = run_line(line), run_line(line)
    refused = run_line(line.replace(key, key[:-1]))

    assert (list(json.loads(done)), done) == (["id"], again)
    assert json.loads(refused)["error"]["code"] == "bad_signature"
    await await_conversions(brand, ("sale", "UNMATCHED", "NONE", "SIGNED", "12.50", False))


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed (Debian: apt-get install php-cli)")
async def test_woocommerce_keeps_the_click_with_the_order_and_reports_sale_and_refund(
    brand: Brand, tmp_path: Path
) -> None:
    link = await brand.create_link("https://shop.example/")
    clicked = await click(brand, link)
    [port] = find_free_ports(1)
    shop = f"http://127.0.0.1:{port}"
    given = {
        "CREATRAIL_URL": f"{find_tracker(brand)}/conv",
        "CREATRAIL_SIGNING_KEY": await create_signing_key(brand),
        "PLUGIN": str(PROJECT / "examples" / "woocommerce" / "creatrail.php"),
        "STATE": str(tmp_path / "wordpress.json"),
    }
    host = PROJECT / "tests" / "e2e" / "wordpress.php"
    buyer = SimpleCookie()

    with running(["php", "-S", f"127.0.0.1:{port}", str(host)], port, **given):
        await request("GET", f"{shop}/?ct={clicked}", buyer)
        assert {name: (cookie.value, cookie["httponly"]) for name, cookie in buyer.items()} == {
            "creatrail_first": (clicked, True),
            "creatrail_latest": (clicked, True),
        }
        assert (await request("POST", f"{shop}/orders?id=7&total=59.90", buyer)).text == "planned 1"
        assert (await request("POST", f"{shop}/orders?id=7&total=59.90", buyer)).text == "planned 1"
        refund = await request("POST", f"{shop}/refunds?id=8&of=7&amount=10.00", SimpleCookie())
        assert refund.text == "planned 1"

        await await_conversions(brand, CREDITED, ("refund", "APPROVED", "CLICK_ID", "SIGNED", "-10.00", True))

        unreachable = await request("POST", f"{shop}/orders?id=9&total=5&reach=no", SimpleCookie())
        assert unreachable.text == "planned 1, again after 60 s"
