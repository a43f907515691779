"""Everything that the operator supplies about addresses: hosting networks, egress relays, countries."""

import datetime as dt
from pathlib import Path
from typing import Final

from tracking.bots.hosting.countries import Countries, read_countries
from tracking.bots.hosting.files import HostingFolder, ListStatus, WatchedFile
from tracking.bots.hosting.formats import NetworkList
from tracking.bots.hosting.networks import Network
from tracking.bots.hosting.ranges import Ranges

STALE_AFTER: Final = dt.timedelta(days=180)


class OperatorFiles:
    """`refresh` looks at the files, and reads and sorts what changed: it waits and computes for long."""

    def __init__(self, folder: Path | None, countries: Path | None) -> None:
        self._folder = HostingFolder(folder)
        self._countries = None if countries is None else WatchedFile(countries, read_countries)
        self._built_of = ""
        self.provider_names: tuple[str, ...] = ()
        self.ranges = self.relays = Ranges([])

    @property
    def countries(self) -> Countries | None:
        loaded = self._countries.loaded if self._countries is not None else None
        return loaded.content if loaded is not None else None

    @property
    def version(self) -> tuple[str, str]:
        """Of the networks and of the countries in use, in words."""
        return self._built_of, "" if self._countries is None else self._countries.describe_version()

    def refresh(self) -> None:
        if self._countries is not None:
            self._countries.refresh()
        self._folder.refresh()
        if self._folder.version != self._built_of:
            providers = self._folder.providers
            self.provider_names = tuple(providers)
            self.ranges = Ranges([_join(lists) for lists in providers.values()])
            self.relays = Ranges([_join(self._folder.relays)])
            self._built_of = self._folder.version

    def describe(self) -> list[ListStatus]:
        described = self._folder.describe()
        if self._countries is not None:
            status = self._countries.describe(lambda countries: countries.nodes)
            if self.countries is not None and self.countries.has_unreadable_records and status.problem is None:
                status = status._replace(problem="some of its records cannot be read: fetch it again")
            described.append(status)
        return described


def find_problems(lists: list[ListStatus], today: dt.date) -> list[str]:
    """What an operator should do something about, in words. Old lists only give points; broken ones give old points."""
    problems = [f"{each.name} is not usable: {each.problem}" for each in lists if each.problem is not None]
    problems += [
        f"{each.name} is of {each.dated}: fetch it again"
        for each in lists
        if each.dated is not None and today - each.dated > STALE_AFTER
    ]
    return problems


def _join(lists: list[NetworkList]) -> list[Network]:
    return [network for each in lists for network in each.networks]
