"""What a redirector finds wrong by itself, shown by breaking the thing."""

import msgspec

from tests.audience import Audience, open_redirector
from tests.servers import own_postgres
from tests.waiting import eventually
from tracking.settings import Settings

NO_REDIS = "redis://127.0.0.1:1/0"


async def test_one_that_serves_has_nothing_to_say(audience: Audience) -> None:
    readiness = audience.redirector.describe_readiness()

    assert (readiness.problems, [told for told in readiness.remarks if "salt" not in told]) == ((), [])


async def test_redis_that_does_not_answer_is_a_remark(settings: Settings) -> None:
    async with open_redirector(msgspec.structs.replace(settings, redis_url=NO_REDIS)) as audience:
        readiness = audience.redirector.describe_readiness()

    assert readiness.is_ready
    assert "Redis does not take clicks: they go to SPOOL_DIR until it does" in readiness.remarks


async def test_a_database_without_tables_is_told_with_what_to_run(settings: Settings) -> None:
    with own_postgres() as empty:
        async with open_redirector(msgspec.structs.replace(settings, database_url=empty.url)) as audience:

            async def read_trouble() -> str | None:
                return audience.redirector.feed.trouble

            assert await eventually(read_trouble) == "the database lacks tables, run `creatrail migrate`"
