"""`/conv/test`: which click would be credited, and why. Nothing is recorded, and not everybody may ask."""

import json

import asyncpg
import pytest
import redis.asyncio

from tests.audience import Audience, LinkSite, make_link, sign_click
from tests.reporting import make_offer, make_secret, make_snippet_key, read_refusal, read_reports, report
from tests.settling import DAY, click
from tracking.clock import now_ms
from tracking.settings import Settings

SALE = {"txn_id": "A-1001", "revenue": "12.50", "currency": "EUR"}
DAY_MS = int(DAY.total_seconds() * 1_000)


@pytest.mark.feature("TR13", "TR9")
async def test_it_says_which_click_would_be_credited_and_why_not_the_other(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, settings: Settings, redis_client: redis.asyncio.Redis
) -> None:
    old = await click(pool, site.account_id, at_ms=now_ms() - 29 * DAY_MS)
    new = await click(pool, site.account_id, at_ms=now_ms() - DAY_MS)
    named = {
        **SALE,
        "click_id": sign_click(settings, new.click_id),
        "first_click_id": sign_click(settings, old.click_id),
    }

    answer = await report(audience, named, path="/conv/test")

    shown = json.loads(answer.body)
    assert (answer.status, shown["status"], shown["method"]) == (200, "APPROVED", "CLICK_ID")
    findings = {each["click_id"].replace("-", ""): each["finding"] for each in shown["candidates"]}
    assert findings == {new.click_id.hex(): "CHOSEN", old.click_id.hex(): "OUTSIDE_WINDOW"}
    assert shown["click_id"].replace("-", "") == new.click_id.hex()
    assert await read_reports(redis_client) == []
    assert await pool.fetchval("SELECT count(*) FROM conversion") == 0


async def test_the_id_is_the_one_that_the_report_will_have(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    key = await make_snippet_key(pool, site.account_id, "ct_pub_one")
    tested = await report(audience, {**SALE, "key": key}, path="/conv/test")
    reported = await report(audience, {**SALE, "key": key})
    assert json.loads(tested.body)["id"] == json.loads(reported.body)["id"]
    assert json.loads(tested.body)["status"] in {"HELD", "UNMATCHED"}


@pytest.mark.feature("TR9", "R10")
async def test_when_a_contact_clicked_is_told_to_whom_a_proof_entitles_alone(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    """A link of theirs may have been passed on, and the key stands in every page."""
    link_id = await make_link(pool, site, "foranna", contact_id=41)
    await pool.execute("UPDATE link SET kind = 'RECIPIENT', message_id = 4, slot = 1 WHERE id = $1", link_id)
    await click(pool, site.account_id, link_id=link_id, contact_id=41, message_id=4, slot=1)
    offer_id = await make_offer(pool, site.account_id, external_id="rain")
    secret = {"offer_id": "rain", "secret": await make_secret(pool, site.account_id, offer_id)}
    key = {"key": await make_snippet_key(pool, site.account_id, "ct_pub_one")}

    shown = []
    for given in (key, secret):
        answer = await report(audience, {**SALE, "link_id": "foranna", **given}, path="/conv/test")
        told = json.loads(answer.body)
        shown.append((told["method"], len(told["candidates"]), told["click_id"] is None))

    assert shown == [("CONTACT", 0, True), ("CONTACT", 1, False)]


@pytest.mark.usefixtures("site")
async def test_without_proof_key_and_click_it_is_not_answered(audience: Audience) -> None:
    assert read_refusal(await report(audience, SALE, path="/conv/test")) == (403, "not_allowed", None)


async def test_what_takes_back_is_not_tested(audience: Audience, pool: asyncpg.Pool, site: LinkSite) -> None:
    key = await make_snippet_key(pool, site.account_id, "ct_pub_one")
    void = {**SALE, "key": key, "event": "void"}
    assert read_refusal(await report(audience, void, path="/conv/test")) == (400, "invalid", "event")


async def test_a_secret_is_a_proof_here_too(audience: Audience, pool: asyncpg.Pool, site: LinkSite) -> None:
    offer_id = await make_offer(pool, site.account_id, external_id="rain")
    secret = await make_secret(pool, site.account_id, offer_id)
    answer = await report(audience, {**SALE, "offer_id": "rain", "secret": secret}, path="/conv/test")
    shown = json.loads(answer.body)
    assert (answer.status, shown["status"], shown["method"], shown["candidates"]) == (200, "APPROVED", "OFFER", [])


@pytest.mark.usefixtures("site")
async def test_tests_are_rationed(audience: Audience) -> None:
    statuses = [(await report(audience, SALE, path="/conv/test")).status for _ in range(62)]
    assert statuses == [403] * 60 + [429] * 2
    assert (await report(audience, SALE)).status == 202  # reports are not
