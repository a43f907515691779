"""The compose file of Prometheus and Grafana fits the one of the programs, and what Prometheus asks."""

import subprocess
import sys
from typing import Any

from ruamel.yaml import YAML

from tests.unit.house.compose import read_services
from tests.unit.house.sources import ROOT

FILE = ROOT / "deploy/docker-compose.monitoring.yml"
OPS_PORTS = ("REDIRECTOR_OPS_PORT", "API_OPS_PORT", "WORKER_OPS_PORT")
WATCHED = ("redirector", "api", "worker-ingest", "worker-jobs")


def read_own() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = YAML(typ="safe").load(FILE)["services"]
    return services


def find_ops_port(name: str) -> int:
    merged = {**read_services()[name]["environment"], **read_own()[name]["environment"]}
    (port,) = (int(value) for variable, value in merged.items() if variable in OPS_PORTS)
    return port


def test_it_keeps_to_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE)]

    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def test_prometheus_asks_every_program_where_it_answers() -> None:
    configuration = YAML(typ="safe").load(ROOT / "deploy/prometheus/prometheus.yml")
    asked = {
        scrape["job_name"]: (found["names"], found["port"])
        for scrape in configuration["scrape_configs"]
        for found in scrape["dns_sd_configs"]
    }

    assert asked == {name: ([name], find_ops_port(name)) for name in WATCHED}


def test_both_are_on_this_host_alone() -> None:
    published = [port for service in read_own().values() for port in service.get("ports", [])]

    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_what_is_mounted_exists() -> None:
    mounted = [volume.split(":")[0] for service in read_own().values() for volume in service.get("volumes", [])]

    assert [path for path in mounted if path.startswith("./") and not (ROOT / path).exists()] == []
