"""docker-compose.yml is valid, starts in order, knows when a service is well, and holds no secret."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
import typer.main

from creatrail.cli import app
from tests.unit.house.compose import (
    COMPOSE_FILE,
    FRONT,
    STORES,
    VARIABLE,
    fill_in,
    read_interpolated_variables,
    read_programs,
    read_services,
)
from tests.unit.house.sources import ROOT
from tracking.settings import Settings, load_settings

GIVEN = {
    "POSTGRES_PASSWORD": "letters1",
    "REDIS_PASSWORD": "letters2",
    "CLICK_TOKEN_KEYS": "1:AAAAAAAAAAAAAAAAAAAAAA",
    "COOKIE_SECRET": "AAAAAAAAAAAAAAAAAAAAAA",
}
CADDYFILE = (ROOT / "deploy/Caddyfile").read_text()
PROGRAMS = ("api", "redirector", "worker-ingest", "worker-jobs")


def check_schema(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def read_settings_of(program: str) -> Settings:
    environment: dict[str, str] = read_programs()[program]["environment"]
    return load_settings({name: fill_in(value, GIVEN) for name, value in environment.items()})


class TestSchema:
    def test_the_file_follows_the_compose_specification(self) -> None:
        checked = check_schema(COMPOSE_FILE)

        assert checked.returncode == 0, checked.stdout + checked.stderr

    @pytest.mark.parametrize(
        ("right", "wrong"), [("healthcheck:", "healthchek:"), ("ports: [", "ports: {a: "), ("services:", "servicez:")]
    )
    def test_a_broken_file_does_not(self, tmp_path: Path, right: str, wrong: str) -> None:
        broken = tmp_path / "docker-compose.yml"
        broken.write_text(COMPOSE_FILE.read_text().replace(right, wrong))

        assert check_schema(broken).returncode == 1


class TestServices:
    def test_these_and_no_others_exist(self) -> None:
        assert set(read_services()) == {*STORES, FRONT, "migrate", *PROGRAMS}

    @pytest.mark.parametrize("name", [*STORES, FRONT, *PROGRAMS])
    def test_one_that_stays_is_watched_and_comes_back(self, name: str) -> None:
        service = read_services()[name]

        assert service["healthcheck"]["test"]
        assert service["restart"] == "unless-stopped"

    def test_migrate_runs_once_after_the_database_is_well(self) -> None:
        migrate = read_services()["migrate"]

        assert migrate["restart"] == "no"
        assert migrate["depends_on"] == {"postgres": {"condition": "service_healthy"}}

    @pytest.mark.parametrize("name", PROGRAMS)
    def test_a_program_waits_for_migrated_stores(self, name: str) -> None:
        assert read_services()[name]["depends_on"] == {
            "postgres": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        }

    @pytest.mark.parametrize("name", [*PROGRAMS, "migrate"])
    def test_its_command_is_one_of_ours(self, name: str) -> None:
        verb, *options = read_programs()[name]["command"]
        commands = getattr(typer.main.get_command(app), "commands", {})

        known = {option for parameter in commands[verb].params for option in parameter.opts}
        assert set(options) <= known

    def test_the_audience_comes_through_the_front_and_both_doors_are_on_this_host_alone(self) -> None:
        published = {name: service["ports"] for name, service in read_services().items() if "ports" in service}

        assert published == {
            FRONT: ["80:80", "443:443", "443:443/udp"],
            "api": ["127.0.0.1:8000:8000"],
            "redirector": ["127.0.0.1:8080:8080"],
        }

    @pytest.mark.feature("R2")
    def test_redis_keeps_clicks_on_disk_and_evicts_none(self) -> None:
        command = " ".join(read_services()["redis"]["command"])

        assert "--appendonly yes" in command
        assert "--maxmemory-policy noeviction" in command
        assert read_services()["redis"]["volumes"] == ["redis-data:/data"]

    @pytest.mark.feature("R1")
    def test_the_spool_outlives_the_redirector(self) -> None:
        assert read_services()["redirector"]["volumes"] == ["spool:/var/lib/creatrail/spool"]


class TestSettingsInCompose:
    @pytest.mark.parametrize("name", [*PROGRAMS, "migrate"])
    def test_each_variable_is_a_setting_and_all_are_usable(self, name: str) -> None:
        fields = {field.name.upper() for field in msgspec.structs.fields(Settings)}

        assert read_programs()[name]["environment"].keys() - fields == set()
        assert read_settings_of(name).database_url == "postgresql://creatrail:letters1@postgres:5432/creatrail"

    def test_health_is_asked_where_the_program_answers(self) -> None:
        asked = {name: _asked_port(read_services()[name]) for name in PROGRAMS}

        assert asked == {
            "api": read_settings_of("api").api_port,
            "redirector": read_settings_of("redirector").redirector_ops_port,
            "worker-ingest": read_settings_of("worker-ingest").worker_ops_port,
            "worker-jobs": read_settings_of("worker-jobs").worker_ops_port,
        }

    def test_the_addresses_that_the_api_gives_out_are_where_it_is_published(self) -> None:
        [port] = read_services()["api"]["ports"]

        assert read_settings_of("api").api_origin == f"http://{port.rpartition(':')[0]}"
        assert "API_URL" in read_interpolated_variables()

    def test_workers_have_names_of_their_own(self) -> None:
        assert read_settings_of("worker-ingest").worker_name != read_settings_of("worker-jobs").worker_name

    @pytest.mark.parametrize("secret", GIVEN)
    def test_no_secret_has_a_default(self, secret: str) -> None:
        marks = {mark for name, mark, _ in VARIABLE.findall(COMPOSE_FILE.read_text()) if name == secret}

        assert marks == {":?"}

    @pytest.mark.parametrize("secret", GIVEN)
    def test_nothing_starts_without_a_secret(self, secret: str) -> None:
        given = {name: value for name, value in GIVEN.items() if name != secret}

        with pytest.raises(KeyError, match=secret):
            fill_in(COMPOSE_FILE.read_text(), given)


class TestTlsFront:
    def test_it_asks_the_api_which_names_are_ours(self) -> None:
        [ask] = re.findall(r"^\s+ask (\S+)$", CADDYFILE, re.MULTILINE)

        assert ask == f"http://api:{read_settings_of('api').api_port}/tls/ask"
        assert 'Route("/tls/ask"' in (ROOT / "api/app.py").read_text()

    def test_both_schemes_lead_to_the_redirector(self) -> None:
        led_to = re.findall(r"^\s+reverse_proxy (\S+)$", CADDYFILE, re.MULTILINE)

        assert led_to == [f"redirector:{read_settings_of('redirector').redirector_port}"] * 2

    @pytest.mark.feature("R10")
    def test_it_alone_is_believed_about_visitors(self) -> None:
        address = read_services()[FRONT]["networks"]["front"]["ipv4_address"]

        assert [str(network) for network in read_settings_of("redirector").trusted_proxies] == [f"{address}/32"]

    def test_it_meets_the_doors_in_one_network_and_nothing_else(self) -> None:
        meeting = {name for name, service in read_services().items() if "front" in service.get("networks", [])}

        assert meeting == {FRONT, "api", "redirector"}
        assert list(read_services()[FRONT]["networks"]) == ["front"]

    def test_its_health_is_asked_where_it_answers(self) -> None:
        [port] = re.findall(r"^http://:(\d+) \{$", CADDYFILE, re.MULTILINE)

        assert _asked_port(read_services()[FRONT]) == int(port)


def _asked_port(service: dict[str, Any]) -> int:
    [port] = re.findall(r"http://127\.0\.0\.1:(\d+)/healthz", service["healthcheck"]["test"][-1])
    return int(port)
