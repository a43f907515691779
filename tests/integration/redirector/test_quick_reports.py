"""A report on a warm host is taken past uvicorn's tasks, and answered with the same bytes as in ASGI's way."""

import asyncio
from pathlib import Path

import asyncpg
import msgspec
import pytest
import redis.asyncio

from redirector.conversions.apps import ReportApp
from tests.audience import Audience, LinkSite, make_link, open_redirector, sign_click
from tests.reporting import make_signing_key, make_snippet_key, post, read_refusal, read_reports, report, sign
from tests.servers import own_valkey
from tests.waiting import eventually
from tracking.clicks.ids import ClickIdMint
from tracking.clock import now_ms
from tracking.settings import Settings


class LongWayTakenError(Exception):
    pass


async def refuse_the_long_way(*_: object) -> None:
    raise LongWayTakenError


@pytest.fixture
async def sale(settings: Settings) -> dict[str, str]:
    click_id = ClickIdMint().mint(now_ms())
    return {"click_id": sign_click(settings, click_id), "txn_id": "A", "revenue": "12.50", "currency": "EUR"}


@pytest.mark.usefixtures("site")
async def test_both_ways_give_the_same_answer_and_the_same_record(
    audience: Audience, redis_client: redis.asyncio.Redis, sale: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cold = await report(audience, sale, ("referer", "https://shop.example/thanks"))
    monkeypatch.setattr(ReportApp, "__call__", refuse_the_long_way)

    warm = await report(audience, sale, ("referer", "https://shop.example/thanks"))

    assert warm == cold
    assert warm.status == 202
    first, second = await read_reports(redis_client)
    assert msgspec.structs.replace(second, received_at_ms=first.received_at_ms) == first
    assert audience.redirector.counters.reports_accepted == 2


@pytest.mark.usefixtures("site")
async def test_what_is_old_in_memory_is_read_again_beside_the_answer(
    audience: Audience, sale: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await report(audience, sale)
    monkeypatch.setattr("redirector.memory.kept.REREAD_AFTER_S", 0.0)
    monkeypatch.setattr(ReportApp, "__call__", refuse_the_long_way)
    counters = audience.redirector.counters
    asked = counters.resolve_queries

    assert (await report(audience, sale)).status == 202

    async def read_queries() -> int:
        return counters.resolve_queries - asked

    await eventually(read_queries)


@pytest.mark.parametrize("case", ["link", "secret", "offer", "post", "head", "wrong", "signed", "authorization"])
async def test_whatever_is_unusual_goes_the_long_way(
    audience: Audience,
    pool: asyncpg.Pool,
    site: LinkSite,
    sale: dict[str, str],
    case: str,
) -> None:
    await make_link(pool, site, "abc23XY")
    await report(audience, sale)
    asked = {
        "link": report(audience, {**sale, "link_id": "abc23XY"}),
        "secret": report(audience, {**sale, "secret": ""}),
        "offer": report(audience, {**sale, "offer_id": ""}),
        "post": post(audience, b'{"txn_id": "A"}'),
        "head": report(audience, sale, method="HEAD"),
        "wrong": report(audience, {**sale, "revenue": "-1"}),
        "signed": report(audience, sale, ("x-signature", "x")),
        "authorization": report(audience, sale, ("authorization", "Bearer x")),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReportApp, "__call__", refuse_the_long_way)
        for name, question in asked.items():
            if name != case:
                question.close()
        with pytest.raises(LongWayTakenError):
            await asked[case]


async def test_pages_and_their_keys_are_checked_on_the_short_way_too(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, sale: dict[str, str], redis_client: redis.asyncio.Redis
) -> None:
    await pool.execute("UPDATE account SET snippet_origins = '{https://shop.example}'")
    key = await make_snippet_key(pool, site.account_id, "ct_pub_one")
    assert (await report(audience, sale)).status == 202
    wrong = await report(audience, {**sale, "key": "ct_pub_two"})
    elsewhere = await report(audience, {**sale, "key": key}, ("origin", "https://evil.example"))
    assert read_refusal(wrong) == (403, "bad_key", "key")
    assert read_refusal(elsewhere) == (403, "origin_not_allowed", "Origin")
    assert (await report(audience, {**sale, "key": key}, ("origin", "https://shop.example"))).status == 202
    assert len(await read_reports(redis_client)) == 2


async def test_what_cannot_be_kept_is_refused_on_the_short_way_too(
    settings: Settings, site: LinkSite, tmp_path: Path, sale: dict[str, str]
) -> None:
    assert site
    with own_valkey() as valkey:
        own = msgspec.structs.replace(settings, redis_url=valkey.url, spool_dir=tmp_path / "spool", spool_max_bytes=10)
        async with open_redirector(own) as audience:
            assert (await report(audience, sale)).status == 202
            valkey.crash()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(ReportApp, "__call__", refuse_the_long_way)
                answers = await asyncio.gather(*(report(audience, sale) for _ in range(5)))
    assert {read_refusal(answer) for answer in answers} == {(503, "not_durable", None)}


async def test_a_replayed_signature_on_a_query_is_refused_whichever_way(
    audience: Audience, pool: asyncpg.Pool, settings: Settings, site: LinkSite
) -> None:
    key = await make_signing_key(pool, settings, site.account_id)
    header = sign(key, b"", "nonce-of-16-char", query="txn_id=A")
    answers = [await post(audience, b"", header, query="txn_id=A") for _ in range(2)]
    assert [answer.status for answer in answers] == [202, 409]
