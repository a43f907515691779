"""Small lists of networks and countries, for tests of where clicks come from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]  # mmdb_writer takes no other sets

from tracking.bots.hosting.origins import Origins


def write_countries(path: Path, records: Mapping[str, Any], *, ip_version: int = 6) -> Path:
    """A file in MaxMind's format: a record for each network. It is replaced in one step, as operators should."""
    writer = MMDBWriter(ip_version, "Test-Country", ipv4_compatible=ip_version == 6)
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    unfinished = path.with_suffix(".new")
    writer.to_db_file(str(unfinished))
    return unfinished.rename(path)


def write_list(folder: Path, name: str, *networks: str) -> Path:
    path = folder / name
    unfinished = folder / f".{name}"
    unfinished.write_text("".join(f"{network}\n" for network in networks))
    return unfinished.rename(path)


def find_country(origins: Origins, address: str) -> str | None:
    return origins.find(address, account_id=1).country
