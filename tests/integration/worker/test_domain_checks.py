import asyncpg
import msgspec
import pytest
import redis.asyncio

from tests.brand import make_brand
from tests.nameserver import serve_names
from tests.waiting import eventually
from tracking.domains.models import TrackingDomain
from tracking.domains.rules import name_verification_record
from tracking.domains.service import create_domain
from tracking.settings import Settings
from tracking.streams import CHANGES_CHANNEL
from worker.domain_checks import check_domains
from worker.stores import Stores


@pytest.mark.feature("TR2")
@pytest.mark.usefixtures("orm")
async def test_the_job_verifies_what_is_proven_by_now_and_wakes_redirectors(
    settings: Settings, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
) -> None:
    domain = await create_domain((await make_brand()).id, "go.brand.example")
    await pool.execute("UPDATE tracking_domain SET created_at = created_at - interval '1 hour'")
    async with serve_names() as nameserver, redis_client.pubsub() as listener:
        nameserver.put(name_verification_record(domain.host), "TXT", f'"{domain.verification_token}"')
        await listener.subscribe(CHANGES_CHANNEL)
        assert await eventually(lambda: listener.get_message(timeout=1)) is not None

        asking = msgspec.structs.replace(settings, dns_resolvers=(nameserver.setting,))
        await check_domains({"settings": asking, "stores": Stores(pool, redis_client, [redis_client])})

        heard = await eventually(lambda: listener.get_message(ignore_subscribe_messages=True, timeout=1))
    assert heard["type"] == "message"
    assert (await TrackingDomain.get(id=domain.id)).verified_at is not None
