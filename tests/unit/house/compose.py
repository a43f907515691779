"""docker-compose.yml as docker compose reads it: merged, with the variables it takes from the environment."""

import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from tests.unit.house.sources import ROOT

COMPOSE_FILE = ROOT / "docker-compose.yml"
STORES = ("postgres", "redis")
FRONT = "tls"
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?:(:[-?])([^}]*))?\}")


def read_services() -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = YAML(typ="safe").load(COMPOSE_FILE)["services"]
    return services


def read_programs() -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {name: service for name, service in read_services().items() if name not in {*STORES, FRONT}}


def read_interpolated_variables() -> set[str]:
    return {match.group(1) for match in VARIABLE.finditer(COMPOSE_FILE.read_text())}


def fill_in(value: str, environment: Mapping[str, str]) -> str:
    """The value after interpolation; KeyError for a required variable that the environment does not have."""

    def replace(match: re.Match[str]) -> str:
        name, mark, default = match.groups()
        return environment[name] if mark == ":?" else environment.get(name) or default or ""

    return VARIABLE.sub(replace, value)
