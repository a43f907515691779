"""Sessions of own clicks: from the graph to a click that counts nowhere."""

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis.asyncio

from tests.audience import open_redirector, read_clicks
from tests.brand import make_creator, make_link
from tests.integration.api.conftest import Tenant
from tracking.clicks.event import Fact
from tracking.clock import utc_now
from tracking.domains.models import TrackingDomain
from tracking.settings import Settings

CREATE = """
    mutation ($input: CreateTestSessionInput!) {
        createTestSession(input: $input) {
            __typename
            ... on CreateTestSessionSuccess { url expiresAt }
            ... on UserError { code path }
        }
    }
"""

pytestmark = pytest.mark.feature("TR6", "R4")


async def create(tenant: Tenant, **given: object) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(CREATE, input=given))["createTestSession"]
    return answer


class TestSessions:
    async def test_a_browser_that_opened_it_clicks_without_being_counted(
        self, acme: Tenant, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        link = await make_link(acme.account, await make_creator(acme.account))
        url = urlsplit((await create(acme))["url"])
        async with open_redirector(settings) as audience:
            opened = await audience.get(url.path, host=url.netloc)
            cookie = opened.headers["set-cookie"].partition(";")[0]
            await audience.get(f"/{link.slug}", ("cookie", cookie), host=url.netloc)
            await audience.get(f"/{link.slug}", host=url.netloc)
        facts = [click.facts & Fact.TEST for click in await read_clicks(redis_client)]
        assert facts == [Fact.TEST, 0]

    async def test_it_lasts_as_long_as_asked_and_at_most_half_a_day(self, acme: Tenant) -> None:
        before = utc_now()
        ends_at = dt.datetime.fromisoformat((await create(acme, ttlS=60))["expiresAt"])
        assert before + dt.timedelta(seconds=59) < ends_at <= utc_now() + dt.timedelta(seconds=60)
        for ttl_s in (0, 43_201):
            refused = await create(acme, ttlS=ttl_s)
            assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["ttlS"])

    async def test_a_repeat_answers_the_same_address(self, acme: Tenant) -> None:
        first = await create(acme, idempotencyKey="k")
        assert await create(acme, idempotencyKey="k") == first
        assert (await create(acme, idempotencyKey="k", ttlS=60))["code"] == "IDEMPOTENCY_CONFLICT"

    async def test_the_address_is_on_the_domain_that_was_named(self, acme: Tenant) -> None:
        domain = await TrackingDomain.create(
            account_id=acme.account.id, host="go.acme.example", verified_at=utc_now(), has_tls=True
        )
        domains = (await acme.ask("{ domains { nodes { id host } } }"))["domains"]["nodes"]
        [domain_id] = [each["id"] for each in domains if each["host"] == domain.host]
        url = (await create(acme, domainId=domain_id))["url"]
        assert urlsplit(url).scheme == "https"
        assert urlsplit(url).hostname == "go.acme.example"


class TestRefusal:
    @pytest.mark.feature("R11")
    async def test_a_domain_of_others_is_unknown(self, acme: Tenant, other: Tenant) -> None:
        domains = (await other.ask("{ domains { nodes { id } } }"))["domains"]["nodes"]
        refused = await create(acme, domainId=domains[0]["id"])
        assert (refused["code"], refused["path"]) == ("NOT_FOUND", ["domainId"])
