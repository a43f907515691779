"""Where a click came from, as far as lists tell: a hosting provider, a country, and the versions of what said so."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg

from tracking.bots.hosting.countries import Countries
from tracking.bots.hosting.files import ListStatus
from tracking.bots.hosting.networks import pack_address, read_network
from tracking.bots.hosting.operator_files import OperatorFiles
from tracking.bots.hosting.queries import (
    OPERATOR,
    OwnList,
    Provider,
    Versions,
    number_providers,
    number_versions,
    read_own_list_ids,
    read_own_lists,
    read_packaged_versions,
)
from tracking.bots.hosting.ranges import NOBODY, Ranges
from tracking.bots.kept_networks import shorten


class Origin(NamedTuple):
    """What is stored of it. `lists_id` names the versions of the lists that said so."""

    hosting_provider_id: int | None
    country: str | None  # ISO 3166, two capitals
    lists_id: int | None


NOWHERE: Final = Origin(None, None, None)


class _Networks(NamedTuple):
    """Of the operator, or of an account: the places of `ranges` are those of `provider_ids`."""

    ranges: Ranges
    provider_ids: Sequence[int]
    lists_id: int | None

    def find(self, packed: bytes) -> int | None:
        owner = self.ranges.find(packed)
        return None if owner == NOBODY else self.provider_ids[owner]


class _Own(NamedTuple):
    """An account's lists: the places of `ranges` are those of `names`."""

    list_ids: tuple[int, ...]
    names: tuple[str, ...]
    ranges: Ranges


_NO_RANGES: Final = Ranges([])


class Origins:
    """One for a process. `find` answers from memory; `refresh` brings it up to date, and may be cut off anywhere."""

    def __init__(self, folder: Path | None = None, countries: Path | None = None) -> None:
        self._files = OperatorFiles(folder, countries)
        self._own: dict[int, _Own] = {}
        self._settled: object = None
        self._operators = _Networks(_NO_RANGES, (), None)
        self._relays = _NO_RANGES
        self._countries: Countries | None = None
        self._accounts: Mapping[int, _Networks] = {}

    def find(self, client_ip: str, account_id: int) -> Origin:
        """An account's own lists hold for its clicks alone, and come first."""
        own = self._accounts.get(account_id)
        lists_id = (own or self._operators).lists_id
        if own is None and self._countries is None and self._operators.ranges.is_empty:
            return Origin(None, None, lists_id)
        packed = pack_address(client_ip)
        if packed is None:
            return Origin(None, None, lists_id)
        provider_id = own.find(packed) if own is not None else None
        if provider_id is None:
            provider_id = self._operators.find(packed)
            if provider_id is not None and self._relays.find(packed) != NOBODY:
                provider_id = None
        country = self._countries.find(shorten(packed)) if self._countries is not None else None
        return Origin(provider_id, country, lists_id)

    def describe(self) -> list[ListStatus]:
        """The operator's files, for those who run the worker."""
        return self._files.describe()

    async def refresh(self, pool: asyncpg.Pool) -> bool:
        """Whether other lists are in use than before."""
        await asyncio.to_thread(self._files.refresh)
        await self._read_own(pool)
        wanted = (self._files.version, {account_id: own.list_ids for account_id, own in self._own.items()})
        if wanted == self._settled:
            return False
        await self._settle(pool)
        self._settled = wanted
        return True

    async def _read_own(self, pool: asyncpg.Pool) -> None:
        in_use = await read_own_list_ids(pool)
        self._own = {account_id: own for account_id, own in self._own.items() if account_id in in_use}
        for account_id, list_ids in in_use.items():
            known = self._own.get(account_id)
            if known is None or known.list_ids != list_ids:
                lists = await read_own_lists(pool, list_ids)
                ranges = await asyncio.to_thread(_build_ranges, lists)
                self._own[account_id] = _Own(list_ids, tuple(each.name for each in lists), ranges)

    async def _settle(self, pool: asyncpg.Pool) -> None:
        """Give everything its numbers, then use it from one click to the next."""
        files = self._files
        shared = Versions(*read_packaged_versions(), *files.version)
        versions = {account_id: _add_own(shared, own) for account_id, own in self._own.items()}
        provider_ids = await number_providers(pool, [*_list_providers(files.provider_names, self._own)])
        lists_ids = await number_versions(pool, {shared, *versions.values()})
        self._operators = _Networks(
            files.ranges, [provider_ids[OPERATOR, name] for name in files.provider_names], lists_ids[shared]
        )
        self._relays, self._countries = files.relays, files.countries
        self._accounts = {
            account_id: _Networks(
                own.ranges, [provider_ids[account_id, name] for name in own.names], lists_ids[versions[account_id]]
            )
            for account_id, own in self._own.items()
        }


NO_LISTS: Final = Origins()  # finds nothing, for seeds and tests


def _list_providers(names: Iterable[str], own: Mapping[int, _Own]) -> Iterator[Provider]:
    yield from ((OPERATOR, name) for name in names)
    for account_id, lists in own.items():
        yield from ((account_id, name) for name in lists.names)


def _add_own(shared: Versions, own: _Own) -> Versions:
    lines = [f"account list {list_id} {name}" for list_id, name in zip(own.list_ids, own.names, strict=True)]
    return shared._replace(hosting="\n".join([shared.hosting, *lines]).strip())


def _build_ranges(lists: Iterable[OwnList]) -> Ranges:
    return Ranges([[read_network(line) for line in each.networks.splitlines()] for each in lists])
