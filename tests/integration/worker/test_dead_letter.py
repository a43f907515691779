"""Dead letters are read, put back and forgotten one by one or all at once."""

from tests.clicking import make_event, read_totals
from tests.integration.worker.conftest import Scene
from tracking.clicks.event import VERSION
from tracking.streams import CLICK_STREAM
from worker.dead_letter import drop_dead, list_dead, retry_dead


async def bury(scene: Scene, count: int) -> None:
    """Clicks of an account that does not exist yet."""
    for visitor in range(count):
        await scene.publish(make_event(scene.account_id + 1, visitor=visitor))
    assert await scene.make_ingester().drain() == 0


async def test_the_oldest_are_listed_first_with_their_reason(scene: Scene) -> None:
    await bury(scene, 3)

    listed = await list_dead(scene.client, limit=2)

    assert [dead.reason for dead in listed] == ["unknown_account", "unknown_account"]
    assert listed[0].dead_id < listed[1].dead_id
    assert {dead.version for dead in listed} == {VERSION}


async def test_what_is_retried_is_stored_once_its_reason_is_gone(scene: Scene) -> None:
    await bury(scene, 3)
    await scene.pool.execute("UPDATE account SET id = id + 1")

    assert await retry_dead(scene.client, "all") == 3
    assert await scene.make_ingester().drain() == 3

    assert await list_dead(scene.client) == []
    assert (await read_totals(scene.pool, scene.account_id + 1))["unique_clicks"] == 3


async def test_what_is_still_bad_comes_back(scene: Scene) -> None:
    await bury(scene, 2)
    await retry_dead(scene.client, "all")

    assert await scene.make_ingester().drain() == 0

    assert [dead.reason for dead in await list_dead(scene.client)] == ["unknown_account"] * 2


async def test_one_can_be_retried_or_dropped_and_the_others_stay(scene: Scene) -> None:
    await bury(scene, 3)
    first, second, third = await list_dead(scene.client)

    assert await retry_dead(scene.client, [first.dead_id, "5-5"]) == 1
    assert await drop_dead(scene.client, [second.dead_id]) == 1

    assert [dead.dead_id for dead in await list_dead(scene.client)] == [third.dead_id]
    assert await scene.client.xlen(CLICK_STREAM) == 1


async def test_all_of_many_can_be_dropped(scene: Scene) -> None:
    await bury(scene, 3)

    assert await drop_dead(scene.client, "all") == 3

    assert await list_dead(scene.client) == []
