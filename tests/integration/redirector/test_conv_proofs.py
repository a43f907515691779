"""What a report proves: an offer's secret, or a signature that is of this request, recent, and used once."""

import asyncio
import logging

import asyncpg
import msgspec
import pytest
import redis.asyncio

from api.ids import encode_id
from tests.audience import Audience, LinkSite, make_link_site, open_redirector
from tests.reporting import (
    make_offer,
    make_secret,
    make_signing_key,
    post,
    read_refusal,
    read_reports,
    report,
    sign,
)
from tracking.conversions.kinds import Proof, Source
from tracking.offers.references import read_offer_id
from tracking.settings import SecretsKey, Settings

SALE = {"txn_id": "A-1001", "revenue": "12.50", "currency": "EUR"}
BODY = b'{"txn_id": "A-1001", "revenue": "12.50", "occurred_at": "2026-01-01T00:00:00Z"}'
NONCE = "nonce-of-16-char"


@pytest.mark.feature("TR14")
class TestOfferSecrets:
    @pytest.fixture
    async def offer_id(self, pool: asyncpg.Pool, site: LinkSite) -> int:
        return await make_offer(pool, site.account_id, external_id="rain")

    async def test_the_secret_of_the_offer_needs_no_click(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis, offer_id: int
    ) -> None:
        secret = await make_secret(pool, site.account_id, offer_id)
        in_query = {**SALE, "offer_id": "rain", "secret": secret, "occurred_at": "2026-01-01T00:00:00Z"}
        in_header = {**SALE, "offer_id": encode_id("Offer", offer_id)}

        answers = [
            await report(audience, in_query, path="/conv/offer"),
            await report(audience, in_header, ("authorization", f"Bearer {secret}"), path="/conv/offer"),
        ]

        assert [answer.status for answer in answers] == [202, 202]
        events = await read_reports(redis_client)
        assert [(each.offer_id, each.proof, each.source) for each in events] == [
            (offer_id, Proof.OFFER_SECRET, Source.OFFER_POSTBACK)
        ] * 2
        assert [each.occurred_at_ms for each in events] == [1_767_225_600_000, None]

    async def test_at_conv_a_secret_proves_as_much(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis, offer_id: int
    ) -> None:
        secret = await make_secret(pool, site.account_id, offer_id)
        assert (await report(audience, {**SALE, "offer_id": "rain", "secret": secret})).status == 202
        [event] = await read_reports(redis_client)
        assert (event.source, event.proof) == (Source.POSTBACK, Proof.OFFER_SECRET)

    @pytest.mark.parametrize("path", ["/conv/offer", "/conv"])
    async def test_a_wrong_secret_is_refused_and_leaves_nothing(
        self,
        audience: Audience,
        pool: asyncpg.Pool,
        site: LinkSite,
        redis_client: redis.asyncio.Redis,
        path: str,
    ) -> None:
        offer_id = await make_offer(pool, site.account_id, external_id="rain")
        secret = await make_secret(pool, site.account_id, offer_id)
        other_id = await make_offer(pool, site.account_id, external_id="snow")
        of_another = await make_secret(pool, site.account_id, other_id)
        for wrong in (secret[:-1], of_another, "ct_post_", "\u0661", "x" * 5_000):
            answer = await report(audience, {**SALE, "offer_id": "rain", "secret": wrong}, path=path)
            assert read_refusal(answer) == (403, "bad_secret", "secret")
        assert await read_reports(redis_client) == []

    async def test_without_a_secret_the_offers_door_stays_shut(self, audience: Audience, offer_id: int) -> None:
        assert offer_id
        answer = await report(audience, {**SALE, "offer_id": "rain"}, path="/conv/offer")
        assert read_refusal(answer) == (403, "bad_secret", "secret")
        assert read_refusal(await report(audience, SALE, path="/conv/offer")) == (400, "missing", "offer_id")

    @pytest.mark.feature("R8")
    async def test_a_revoked_secret_is_refused_from_the_next_report_on(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, offer_id: int
    ) -> None:
        named = {**SALE, "offer_id": "rain", "secret": await make_secret(pool, site.account_id, offer_id)}
        assert (await report(audience, named, path="/conv/offer")).status == 202
        await pool.execute("UPDATE postback_secret SET revoked_at = now()")
        assert (await report(audience, named, path="/conv/offer")).status == 403

    @pytest.mark.feature("R11")
    async def test_a_secret_opens_nothing_on_the_host_of_another_account(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, offer_id: int
    ) -> None:
        secret = await make_secret(pool, site.account_id, offer_id)
        other = await make_link_site(pool, slug="other")
        named = {**SALE, "offer_id": encode_id("Offer", offer_id), "secret": secret}
        answer = await report(audience, named, path="/conv/offer", host=other.host)
        assert read_refusal(answer) == (404, "unknown_offer", "offer_id")
        await make_offer(pool, other.account_id, external_id="snow")
        named = {**SALE, "offer_id": "snow", "secret": secret}
        answer = await report(audience, named, path="/conv/offer", host=other.host)
        assert read_refusal(answer) == (403, "bad_secret", "secret")

    async def test_the_brands_own_id_wins_over_ours(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis, offer_id: int
    ) -> None:
        confusing = encode_id("Offer", offer_id)
        named_so = await make_offer(pool, site.account_id, external_id=confusing)
        assert (await report(audience, {**SALE, "offer_id": confusing})).status == 202
        [event] = await read_reports(redis_client)
        assert event.offer_id == named_so

    async def test_no_secret_reaches_a_log_line(
        self,
        audience: Audience,
        pool: asyncpg.Pool,
        site: LinkSite,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        caplog.set_level(logging.DEBUG)
        offer_id = await make_offer(pool, site.account_id, external_id="rain")
        secret = await make_secret(pool, site.account_id, offer_id)
        for given in (secret, secret[:-1] + "x"):
            await report(audience, {**SALE, "offer_id": "rain", "secret": given}, path="/conv/offer")
            await report(audience, {**SALE, "offer_id": "\0", "secret": given}, path="/conv/offer")
        out, err = capfd.readouterr()
        assert secret[-20:-1] not in caplog.text + out + err


@pytest.mark.parametrize("text", ["", "Offer:1", "T2ZmZXI6MA", "T2ZmZXI6LTE", "TGluazox", "T2ZmZXI6MDE", "é", "\0"])
def test_what_is_no_id_of_an_offer_on_the_graph(text: str) -> None:
    assert read_offer_id(text) is None


def test_an_id_of_an_offer_on_the_graph_is_read() -> None:
    assert [read_offer_id(encode_id("Offer", number)) for number in (1, 77, 2**63 - 1, 2**63)] == [
        1,
        77,
        2**63 - 1,
        None,
    ]


class TestSignatures:
    @pytest.fixture
    async def key(self, pool: asyncpg.Pool, site: LinkSite, settings: Settings) -> str:
        return await make_signing_key(pool, settings, site.account_id)

    @pytest.mark.feature("TR13")
    async def test_a_signed_report_is_proven(
        self, audience: Audience, redis_client: redis.asyncio.Redis, key: str
    ) -> None:
        answer = await post(audience, BODY, sign(key, BODY, NONCE))
        assert answer.status == 202
        [event] = await read_reports(redis_client)
        assert (event.source, event.proof) == (Source.SIGNED_POSTBACK, Proof.SIGNATURE)
        assert event.occurred_at_ms == 1_767_225_600_000

    async def test_it_is_taken_once(self, audience: Audience, redis_client: redis.asyncio.Redis, key: str) -> None:
        header = sign(key, BODY, NONCE)
        answers = await asyncio.gather(*(post(audience, BODY, header) for _ in range(20)))
        assert sorted(answer.status for answer in answers) == [202] + [409] * 19
        refused = next(answer for answer in answers if answer.status == 409)
        assert read_refusal(refused) == (409, "replayed", "X-Signature")
        assert len(await read_reports(redis_client)) == 1

    async def test_another_redirector_knows_the_nonce(self, audience: Audience, settings: Settings, key: str) -> None:
        header = sign(key, BODY, NONCE)
        assert (await post(audience, BODY, header)).status == 202
        async with open_redirector(settings) as other:
            assert (await post(other, BODY, header)).status == 409

    @pytest.mark.parametrize(("age_s", "status"), [(290, 202), (-290, 202), (310, 401), (-310, 401)])
    async def test_it_holds_for_five_minutes(self, audience: Audience, key: str, age_s: int, status: int) -> None:
        answer = await post(audience, BODY, sign(key, BODY, NONCE, age_s=age_s))
        assert answer.status == status
        if status == 401:
            assert read_refusal(answer) == (401, "bad_time", "X-Signature")

    @pytest.mark.parametrize("change", ["body", "query", "key name", "key", "form"])
    async def test_what_was_not_signed_is_refused_and_not_taken_as_unsigned(
        self, audience: Audience, redis_client: redis.asyncio.Redis, key: str, change: str
    ) -> None:
        name, header = sign(key, BODY, NONCE)
        if change == "key":
            name, header = sign(key[:-1] + ("a" if key[-1] != "a" else "b"), BODY, NONCE)
        if change == "key name":
            header = header.replace(key.split("_")[2], "abcdefgh")
        if change == "form":
            header = "v1=1"
        body = BODY + b" " if change == "body" else BODY
        answer = await post(audience, body, (name, header), query="event=lead" if change == "query" else "")
        assert read_refusal(answer) == (401, "bad_signature", "X-Signature")
        assert await read_reports(redis_client) == []

    @pytest.mark.feature("R11")
    async def test_the_key_of_another_account_signs_nothing_here(
        self, audience: Audience, pool: asyncpg.Pool, settings: Settings, key: str
    ) -> None:
        assert key
        other = await make_link_site(pool, slug="other")
        foreign = await make_signing_key(pool, settings, other.account_id)
        assert (await post(audience, BODY, sign(foreign, BODY, NONCE))).status == 401

    async def test_a_revoked_key_signs_nothing(self, audience: Audience, pool: asyncpg.Pool, key: str) -> None:
        await pool.execute("UPDATE signing_key SET revoked_at = now(), sealed_key = ''")
        assert (await post(audience, BODY, sign(key, BODY, NONCE))).status == 401

    async def test_a_report_that_is_refused_uses_up_no_nonce(self, audience: Audience, key: str) -> None:
        wrong = b'{"revenue": "1"}'
        assert (await post(audience, wrong, sign(key, wrong, NONCE))).status == 400
        assert (await post(audience, BODY, sign(key, BODY, NONCE))).status == 202

    async def test_a_key_that_this_installation_cannot_open_is_nobodys_fault_outside(
        self, settings: Settings, key: str
    ) -> None:
        other_keys = (SecretsKey(key_id=9, secret=b"another key of secrets"),)
        async with open_redirector(msgspec.structs.replace(settings, secrets_keys=other_keys)) as audience:
            answer = await post(audience, BODY, sign(key, BODY, NONCE))
        assert read_refusal(answer) == (503, "unavailable", None)
