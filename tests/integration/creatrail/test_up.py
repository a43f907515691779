"""One supervisor runs everything, starts again what dies, and leaves nothing behind."""

import signal
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from creatrail.up.stores import inspect_redis
from tests.servers import own_valkey
from tests.service import Service, is_alive, kill, prepared_service, running_service
from tests.waiting import DEADLINE_S

PROGRAMS = {"api", "redirector", "worker --ingest", "worker --jobs"}
SERVERS = {"postgres", "valkey-server"}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with running_service("--no-demo") as service:
        yield service
        assert service.end(signal.SIGTERM) == 0


def wait_for(is_reached: Callable[[], bool], service: Service) -> None:
    give_up_at = time.monotonic() + DEADLINE_S
    while not is_reached():
        assert time.monotonic() < give_up_at, service.log.read_text()
        service.has_ended(within_s=0.05)


class TestRunning:
    def test_every_program_and_every_server_is_a_child(self, service: Service) -> None:
        assert service.find_children().keys() == PROGRAMS | SERVERS

    def test_the_doors_say_that_they_are_well(self, service: Service) -> None:
        for port in (service.settings.api_port, service.settings.redirector_ops_port):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                assert answer.status == 200

    @pytest.mark.parametrize("name", sorted(PROGRAMS | SERVERS))
    def test_what_is_killed_is_started_again(self, service: Service, name: str) -> None:
        killed = service.find_children()[name]

        kill(killed)

        wait_for(lambda: service.find_children().get(name, killed) != killed, service)
        assert f"starting {_label(name)} again" in service.log.read_text()

    def test_a_second_up_of_the_same_folder_is_told_who_runs(self, service: Service) -> None:
        second = Service(service.state, service.environment, ["--no-demo"])
        second.log = service.state / "second.log"
        second.launch()

        assert second.process.wait(DEADLINE_S) == 1
        assert f"runs here already (process {service.process.pid})" in second.log.read_text()


def test_kill_9_of_the_supervisor_leaves_no_process_and_ctrl_c_of_the_next_one_neither() -> None:
    with prepared_service("--no-demo") as service:
        service.launch()
        service.wait_ready()
        children = service.find_children()

        kill(service.process.pid)
        service.process.wait(DEADLINE_S)

        wait_for(lambda: not any(is_alive(pid) for pid in children.values()), service)
        service.launch()
        service.wait_ready()
        others = service.find_children()
        assert others.keys() == children.keys()

        assert service.end(signal.SIGINT) == 0
        assert [name for name, pid in others.items() if is_alive(pid)] == []


def test_an_unreachable_database_ends_the_start_with_the_reason() -> None:
    with prepared_service("--no-demo", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none") as service:
        service.launch()

        assert service.process.wait(DEADLINE_S) == 1
        assert "creatrail up: PostgreSQL does not answer at DATABASE_URL" in service.log.read_text()


def test_an_unreachable_redis_ends_the_start_with_the_reason() -> None:
    with prepared_service("--no-demo", REDIS_URL="redis://127.0.0.1:1/0") as service:
        service.launch()

        assert service.process.wait(DEADLINE_S) == 1
        assert "creatrail up: Redis does not answer at REDIS_URL" in service.log.read_text()


def test_a_redis_that_may_lose_clicks_is_warned_about() -> None:
    with own_valkey({"appendonly": "no", "maxmemory-policy": "allkeys-lru"}) as valkey:
        first, second = inspect_redis(valkey.url)

    assert "appendonly yes" in first
    assert "allkeys-lru" in second


def test_the_embedded_valkey_gives_no_reason_to_warn() -> None:
    with own_valkey() as valkey:
        assert inspect_redis(valkey.url) == []


def _label(name: str) -> str:
    return {"postgres": "PostgreSQL", "valkey-server": "Valkey"}.get(name, name.removeprefix("worker --"))
