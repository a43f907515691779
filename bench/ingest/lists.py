"""Lists of networks and countries as large as an operator's: ingestion is measured with everything on."""

import random
from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]  # mmdb_writer takes no other sets

from bench.account import SEED

PROVIDERS = 12
NETWORKS = 7_000  # of the large clouds together, once merged
COUNTRIES = ("DE", "FR", "US", "GB")


def write_lists(folder: Path) -> dict[str, str]:
    """The settings that name them. One in twenty of the networks that clicks come from is a provider's."""
    chance = random.Random(SEED)  # noqa: S311 -- the same lists in every run
    folder.mkdir()
    networks = [f"198.51.{third}.0/24" for third in chance.sample(range(256), 13)]
    while len(networks) < NETWORKS:
        networks.append(f"{chance.randrange(1, 198)}.{chance.randrange(256)}.{chance.randrange(256)}.0/24")
    for number in range(PROVIDERS):
        (folder / f"provider{number}.txt").write_text("\n".join(networks[number::PROVIDERS]))
    writer = MMDBWriter(4, "Bench-Country")
    for third in range(256):
        code = COUNTRIES[third % len(COUNTRIES)]
        writer.insert_network(IPSet([f"198.51.{third}.0/24"]), {"country": {"iso_code": code, "names": {"en": code}}})
    writer.to_db_file(str(folder / "countries.mmdb"))
    return {"HOSTING_RANGES_DIR": str(folder), "COUNTRIES_FILE": str(folder / "countries.mmdb")}
