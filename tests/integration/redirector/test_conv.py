"""`/conv`: a report is durable before it is answered, and refused with a reason when something is wrong with it."""

import asyncio
import json
from uuid import UUID

import asyncpg
import pytest
import redis.asyncio

from tests.audience import Audience, LinkSite, make_link, make_link_site, sign_click
from tests.reporting import make_offer, make_snippet_key, post, read_refusal, read_reports, report
from tracking.clicks.ids import ClickIdMint
from tracking.clock import now_ms
from tracking.conversions.event import find_conversion_id
from tracking.conversions.kinds import Proof, Source
from tracking.settings import Settings

SALE = {"txn_id": "A-1001", "revenue": "12.50", "currency": "EUR"}


def make_click_id() -> bytes:
    return ClickIdMint().mint(now_ms())


@pytest.mark.feature("TR13", "R2")
async def test_a_report_is_on_the_stream_when_it_is_answered(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, settings: Settings, redis_client: redis.asyncio.Redis
) -> None:
    link_id = await make_link(pool, site, "abc23XY")
    click_id = make_click_id()

    answer = await report(audience, {**SALE, "link_id": "abc23XY", "click_id": sign_click(settings, click_id)})

    expected = UUID(bytes=find_conversion_id(site.account_id, "t:A-1001", "sale", ""))
    assert (answer.status, json.loads(answer.body)) == (202, {"id": str(expected)})
    [event] = await read_reports(redis_client)
    assert (event.account_id, event.link_id, event.click_ids) == (site.account_id, link_id, [click_id])
    assert (event.source, event.proof, event.event) == (Source.POSTBACK, Proof.NONE, "sale")
    assert (event.revenue, event.currency, event.visitor_keys) == ("12.50", "EUR", [])


@pytest.mark.feature("TR13")
@pytest.mark.parametrize("name", ["click_id", "ct"])
async def test_both_names_of_a_click_id_are_taken(
    audience: Audience, site: LinkSite, settings: Settings, redis_client: redis.asyncio.Redis, name: str
) -> None:
    first, last = make_click_id(), make_click_id()
    answer = await report(
        audience, {name: sign_click(settings, last), "first_click_id": sign_click(settings, first), "event": "lead"}
    )
    assert answer.status == 202
    [event] = await read_reports(redis_client)
    assert (event.click_ids, event.order_key, event.event) == ([last, first], f"c:{last.hex()}", "lead")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"txn_id=A-1001&revenue=12.50&currency=EUR", "application/x-www-form-urlencoded"),
        (b'{"txn_id": "A-1001", "revenue": "12.50", "currency": "EUR"}', "application/json"),
        (b'{"txn_id": "A-1001", "revenue": 12.50, "currency": "EUR", "coupon": null}', "application/json"),
        (b'{"txn_id": "A-1001", "revenue": 12.50, "currency": "EUR"}', "text/plain;charset=UTF-8"),  # sendBeacon
    ],
)
async def test_forms_json_and_beacons_say_the_same(
    audience: Audience, site: LinkSite, redis_client: redis.asyncio.Redis, body: bytes, content_type: str
) -> None:
    answer = await post(audience, body, ("content-type", content_type))
    assert answer.status == 202
    assert answer.headers["access-control-allow-origin"] == "*"
    [event] = await read_reports(redis_client)
    assert (event.txn_id, event.revenue, event.currency) == ("A-1001", "12.50", "EUR")


async def test_what_is_no_field_of_ours_is_read_past(audience: Audience, site: LinkSite) -> None:
    assert (await report(audience, {**SALE, "value": "99.00", "utm_source": "mail"})).status == 202


@pytest.mark.feature("TR13", "TR16")
async def test_every_report_of_an_order_is_answered_with_the_same_id(audience: Audience, site: LinkSite) -> None:
    answers = await asyncio.gather(*(report(audience, {**SALE, "revenue": str(number)}) for number in range(20)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body for answer in answers}) == 1


async def test_an_offer_may_be_named_and_gives_its_currency(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
) -> None:
    offer_id = await make_offer(pool, site.account_id, external_id="rain", currency="JPY")

    assert (await report(audience, {"txn_id": "A", "revenue": "1200", "offer_id": "rain"})).status == 202
    refused = await report(audience, {"txn_id": "B", "revenue": "12.50", "offer_id": "rain"})

    assert read_refusal(refused) == (400, "invalid", "revenue")
    [event] = await read_reports(redis_client)
    assert (event.offer_id, event.currency, event.proof) == (offer_id, "JPY", Proof.NONE)


@pytest.mark.usefixtures("site")
class TestRefusals:
    @pytest.mark.parametrize(
        "case",
        [
            ({}, (400, "missing", "txn_id")),
            ({"link_id": "abc23XY"}, (400, "missing", "txn_id")),
            ({**SALE, "revenue": "-1"}, (400, "invalid", "revenue")),
            ({**SALE, "revenue": "12.505"}, (400, "invalid", "revenue")),
            ({"txn_id": "A-1001", "value": "12.50"}, (400, "invalid", "value")),
            ({"txn_id": "A-1001", "amount": "12.50"}, (400, "invalid", "amount")),
            ({**SALE, "currency": "XXX"}, (400, "invalid", "currency")),
            ({**SALE, "event": "refund"}, (400, "missing", "refund_id")),
            ({**SALE, "click_id": "A" * 34}, (400, "bad_click_id", "click_id")),
            ({**SALE, "link_id": "nobodys"}, (404, "unknown_link", "link_id")),
            ({**SALE, "link_id": "../etc"}, (404, "unknown_link", "link_id")),
            ({**SALE, "offer_id": "nobodys"}, (404, "unknown_offer", "offer_id")),
            ({**SALE, "offer_id": "\0"}, (404, "unknown_offer", "offer_id")),
            ({**SALE, "key": "ct_pub_wrong"}, (403, "bad_key", "key")),
        ],
    )
    async def test_each_names_the_field_and_leaves_nothing(
        self,
        audience: Audience,
        pool: asyncpg.Pool,
        site: LinkSite,
        redis_client: redis.asyncio.Redis,
        case: tuple[dict[str, str], tuple[int, str, str]],
    ) -> None:
        parameters, refusal = case
        await make_link(pool, site, "abc23XY")
        assert read_refusal(await report(audience, parameters)) == refusal
        assert await read_reports(redis_client) == []

    @pytest.mark.feature("R11")
    async def test_links_and_offers_of_another_account_are_unknown(
        self, audience: Audience, pool: asyncpg.Pool
    ) -> None:
        other = await make_link_site(pool, slug="other")
        await make_link(pool, other, "theirs2")
        await make_offer(pool, other.account_id, external_id="theirs")
        assert read_refusal(await report(audience, {**SALE, "link_id": "theirs2"}))[1] == "unknown_link"
        assert read_refusal(await report(audience, {**SALE, "offer_id": "theirs"}))[1] == "unknown_offer"
        assert (await report(audience, {**SALE, "link_id": "theirs2"}, host=other.host)).status == 202

    @pytest.mark.parametrize(
        ("body", "refusal"),
        [
            (b"[1]", (400, "bad_request", None)),
            (b"{", (400, "bad_request", None)),
            (b'{"txn_id": "\xff"}', (400, "invalid", "txn_id")),
            (b'{"txn_id": ["A"]}', (400, "invalid", "txn_id")),
            (b'{"txn_id": true}', (400, "invalid", "txn_id")),
            (b" " * 16_385, (413, "too_large", None)),
            (json.dumps({f"f{number}": "1" for number in range(51)}).encode(), (400, "bad_request", None)),
        ],
    )
    async def test_a_body_that_cannot_be_read(
        self, audience: Audience, body: bytes, refusal: tuple[int, str, str | None]
    ) -> None:
        answer = await post(audience, body, ("content-type", "application/json"), query="txn_id=A")
        assert read_refusal(answer) == refusal

    async def test_one_name_has_one_value(self, audience: Audience, site: LinkSite) -> None:
        named = [("host", site.host), ("user-agent", "shop")]
        answer = await audience.send("GET", "/conv", "txn_id=A&txn_id=B", named)
        assert read_refusal(answer) == (400, "invalid", "txn_id")
        answer = await post(audience, b'{"txn_id": "B"}', query="txn_id=A")
        assert read_refusal(answer) == (400, "invalid", "txn_id")
        assert (await audience.send("GET", "/conv", "txn_id=A&txn_id=A", named)).status == 202

    async def test_a_query_that_is_no_text_is_refused(self, audience: Audience, site: LinkSite) -> None:
        answer = await audience.send("GET", "/conv", "txn_id=%ff", [("host", site.host), ("user-agent", "shop")])
        assert read_refusal(answer) == (400, "bad_request", None)

    async def test_a_host_that_is_nobodys(self, audience: Audience) -> None:
        assert read_refusal(await report(audience, SALE, host="nobody.localhost")) == (404, "unknown_host", None)

    async def test_a_header_that_stands_there_twice(self, audience: Audience) -> None:
        answer = await report(audience, SALE, ("host", "acme.localhost"))
        assert read_refusal(answer) == (400, "bad_request", None)

    async def test_another_method(self, audience: Audience) -> None:
        answer = await report(audience, SALE, method="PUT")
        assert read_refusal(answer) == (405, "method_not_allowed", None)
        assert answer.headers["allow"] == "GET, POST, OPTIONS"


@pytest.mark.usefixtures("site")
class TestLookingAhead:
    @pytest.mark.parametrize(
        "header",
        [
            ("sec-purpose", "prefetch;prerender"),
            ("purpose", "prefetch"),
            ("user-agent", "WhatsApp/2.23.20.0"),
            ("user-agent", "facebookexternalhit/1.1"),
        ],
    )
    async def test_prefetches_and_previews_report_nothing(
        self, audience: Audience, site: LinkSite, redis_client: redis.asyncio.Redis, header: tuple[str, str]
    ) -> None:
        named = {"host": site.host, "user-agent": "Mozilla/5.0", **dict([header])}
        answer = await audience.send("GET", "/conv", "txn_id=A", list(named.items()))
        assert read_refusal(answer) == (400, "not_a_report", None)
        assert await read_reports(redis_client) == []

    async def test_head_reports_nothing(self, audience: Audience, redis_client: redis.asyncio.Redis) -> None:
        answer = await report(audience, SALE, method="HEAD")
        assert (answer.status, answer.body) == (400, "")
        assert await read_reports(redis_client) == []

    @pytest.mark.parametrize("user_agent", ["curl/8.5.0", "python-requests/2.31", "Go-http-client/2.0", ""])
    async def test_servers_report_although_they_are_programs(
        self, audience: Audience, site: LinkSite, user_agent: str
    ) -> None:
        named = [("host", site.host), ("user-agent", user_agent)]
        assert (await audience.send("GET", "/conv", "txn_id=A", named)).status == 202


@pytest.mark.usefixtures("site")
class TestPages:
    @pytest.fixture
    async def key(self, pool: asyncpg.Pool, site: LinkSite) -> str:
        await pool.execute("UPDATE account SET snippet_origins = '{https://shop.example}'")
        return await make_snippet_key(pool, site.account_id, "ct_pub_one")

    @pytest.mark.feature("LO14")
    @pytest.mark.parametrize("origin", ["https://shop.example", "null", None])
    async def test_with_the_publishable_key_it_is_a_snippets(
        self, audience: Audience, redis_client: redis.asyncio.Redis, key: str, origin: str | None
    ) -> None:
        headers = [] if origin is None else [("origin", origin)]
        answer = await report(audience, {**SALE, "key": key, "click_id": "planted"}, *headers)
        assert answer.status == 202
        [event] = await read_reports(redis_client)
        assert (event.source, event.proof, event.click_ids) == (Source.SNIPPET, Proof.NONE, [])
        assert event.page_host == ("shop.example" if origin == "https://shop.example" else "")

    @pytest.mark.feature("LO14")
    @pytest.mark.parametrize("origin", ["https://evil.example", "http://shop.example", "https://shop.example.evil"])
    async def test_pages_of_other_origins_are_refused(
        self, audience: Audience, redis_client: redis.asyncio.Redis, key: str, origin: str
    ) -> None:
        answer = await report(audience, {**SALE, "key": key}, ("origin", origin))
        assert read_refusal(answer) == (403, "origin_not_allowed", "Origin")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert await read_reports(redis_client) == []

    async def test_without_a_list_pages_of_any_origin_report(
        self, audience: Audience, pool: asyncpg.Pool, key: str
    ) -> None:
        await pool.execute("UPDATE account SET snippet_origins = '{}'")
        answer = await report(audience, {**SALE, "key": key}, ("origin", "https://anywhere.example"))
        assert answer.status == 202

    async def test_a_preflight_is_answered_without_credentials(self, audience: Audience) -> None:
        answer = await report(audience, {}, ("origin", "https://shop.example"), method="OPTIONS")
        assert answer.status == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
        assert "access-control-allow-credentials" not in answer.headers
