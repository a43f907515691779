"""The worked examples of docs/rules.md about the doors that take reports: from the request to what stands of it."""

import asyncpg
import msgspec
import pytest
import redis.asyncio

from tests.audience import Audience, LinkSite
from tests.settling import convert
from tracking.conversions.event import ConversionEvent, decode_conversion
from tracking.conversions.kinds import Method, Status
from tracking.offers.models import Offer
from tracking.offers.postback_secrets import create_postback_secret
from tracking.streams import CLICK_STREAM, VERSIONS, Mark

pytestmark = pytest.mark.usefixtures("orm")


async def read_reports(client: redis.asyncio.Redis) -> list[ConversionEvent]:
    """What the worker will find."""
    entries = await client.xrange(CLICK_STREAM)
    version = VERSIONS[Mark.CONVERSION]
    return [decode_conversion(fields[version]) for _, fields in entries if version in fields]


@pytest.mark.feature("V10", "TR14")
async def test_the_secret_of_an_offer_decides_and_no_click_is_needed(
    pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, site: LinkSite, audience: Audience
) -> None:
    offer = await Offer.create(
        account_id=site.account_id,
        name="Rain",
        external_id="rain",
        destination_url="https://brand.example",
        currency="EUR",
    )
    issued = await create_postback_secret(site.account_id, offer.id)
    assert issued.token is not None
    report = "/conv/offer?offer_id=rain&txn_id=A1&revenue=12.50&secret="

    refused = await audience.get(f"{report}{issued.token[:-1]}")

    assert (refused.status, msgspec.json.decode(refused.body)["error"]["code"]) == (403, "bad_secret")
    assert await read_reports(redis_client) == []

    taken = await audience.get(f"{report}{issued.token}")

    assert taken.status == 202
    await convert(pool, *await read_reports(redis_client))
    [row] = await pool.fetch(
        "SELECT id, status, method, offer_id, click_id, value_minor, value_currency FROM conversion"
    )
    assert str(row["id"]) == msgspec.json.decode(taken.body)["id"]
    assert tuple(row)[1:] == (Status.APPROVED, Method.OFFER, offer.id, None, 1250, "EUR")


@pytest.mark.feature("V11", "TR15")
async def test_a_pixel_of_no_link_is_a_picture_and_no_row(
    redis_client: redis.asyncio.Redis, site: LinkSite, audience: Audience
) -> None:
    answer = await audience.get("/pixel/unknown.gif?txn_id=A1&revenue=5")

    assert (answer.status, answer.headers["content-type"]) == (200, "image/gif")
    assert (answer.headers["cache-control"].split(",")[0], len(answer.body)) == ("no-store", 43)
    assert answer.body.startswith("GIF89a")
    assert await read_reports(redis_client) == []
