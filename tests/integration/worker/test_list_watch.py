"""The worker beside its lists: they are there before the first click, and follow what operators and accounts do."""

from pathlib import Path

import pytest
from tortoise.context import TortoiseContext

from tests.address_lists import write_countries, write_list
from tests.clicking import make_event
from tests.integration.worker.conftest import Scene
from tests.integration.worker.programs import running_worker
from tests.service import find_free_ports
from tests.waiting import eventually
from tests.watching import get
from tracking.bots.hosting.service import put_hosting_list

pytestmark = pytest.mark.feature("TR25")


async def read_origins(scene: Scene) -> list[tuple[str | None, str | None]]:
    """Provider and country of each click, in the order in which they were stored."""
    rows = await scene.pool.fetch(
        "SELECT name, country FROM click LEFT JOIN hosting_provider ON hosting_provider.id = hosting_provider_id"
        " ORDER BY occurred_at"
    )
    return [(row["name"], row["country"]) for row in rows]


async def click_from(scene: Scene, address: str) -> tuple[str | None, str | None]:
    """The origin of one more click."""
    count = 1 + len(await read_origins(scene))
    await scene.publish(make_event(scene.account_id, client_ip=address))
    return (await eventually(lambda: read_origins(scene), lambda stored: len(stored) == count))[-1]


async def test_clicks_that_waited_for_a_start_meet_the_lists(scene: Scene, tmp_path: Path) -> None:
    write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
    countries = write_countries(tmp_path / "c.mmdb", {"192.0.2.0/24": {"country": {"iso_code": "DE"}}})
    given = {"HOSTING_RANGES_DIR": str(tmp_path), "COUNTRIES_FILE": str(countries)}
    await scene.publish(make_event(scene.account_id, client_ip="192.0.2.7"))

    with running_worker(scene.settings, "ingest", tmp_path / "log", **given):
        assert await eventually(lambda: read_origins(scene)) == [("cloudy", "DE")]


async def test_what_changes_meanwhile_is_noticed_without_a_restart(
    scene: Scene, orm: TortoiseContext, tmp_path: Path
) -> None:
    [port] = find_free_ports(1)
    folder = tmp_path / "lists"
    folder.mkdir()
    given = {"HOSTING_RANGES_DIR": str(folder), "WORKER_OPS_PORT": str(port)}

    async def read_page() -> str:
        return (await get(port, "/lists"))[1]

    with running_worker(scene.settings, "ingest", tmp_path / "log", **given):
        assert await read_page() == "no lists\n"
        assert await click_from(scene, "192.0.2.7") == (None, None)

        write_list(folder, "cloudy.txt", "192.0.2.0/24")
        await eventually(read_page, lambda page: page.startswith("cloudy.txt: 1 entries of "))
        # it is read first, and gets its number after that
        await eventually(lambda: click_from(scene, "192.0.2.7"), lambda origin: origin == ("cloudy", None))

        write_list(folder, "cloudy.txt", "<html>")
        await eventually(read_page, lambda page: "cloudy.txt is not usable: line 1: '<html>' is no network" in page)
        assert await click_from(scene, "192.0.2.7") == ("cloudy", None)
        metrics = (await get(port, "/metrics"))[1]
        assert "creatrail_worker_lists_in_use 1.0" in metrics
        assert "creatrail_worker_lists_unusable 1.0" in metrics
        assert "creatrail_worker_list_oldest_days 0.0" in metrics

        await put_hosting_list(scene.account_id, "Ours", "203.0.113.0/24")
        await eventually(lambda: click_from(scene, "203.0.113.7"), lambda origin: origin == ("Ours", None))

    assert "list not usable" in (tmp_path / "log").read_text()


@pytest.mark.feature("R3")
async def test_lists_that_cannot_be_read_hold_up_no_click(scene: Scene, tmp_path: Path) -> None:
    given = {"HOSTING_RANGES_DIR": str(tmp_path / "nowhere"), "COUNTRIES_FILE": str(tmp_path / "nothing.mmdb")}

    with running_worker(scene.settings, "ingest", tmp_path / "log", **given):
        assert await click_from(scene, "192.0.2.7") == (None, None)
