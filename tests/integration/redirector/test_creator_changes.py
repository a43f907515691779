import asyncpg
import pytest

from tests.audience import Audience, LinkSite, make_link
from tests.waiting import eventually
from tracking.changes.rules import ChangeKind


@pytest.mark.feature("LO4", "R8")
async def test_warm_links_of_a_creator_carry_the_new_external_id(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    await make_link(pool, site, "abc23XY")
    assert "creator=member%207" in (await audience.get("/abc23XY")).location
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE creator SET external_id = 'm2' WHERE id = $1", site.creator_id)
        statement = "INSERT INTO change_log (kind, ref_id) VALUES ($1, $2)"
        await connection.execute(statement, ChangeKind.CREATOR, site.creator_id)

    async def read_location() -> str:
        return (await audience.get("/abc23XY")).location

    assert "creator=m2" in await eventually(read_location, lambda location: "member" not in location)
