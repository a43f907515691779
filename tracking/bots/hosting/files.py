"""The operator's files: read when they change, and as they were before where the new ones cannot be read.

All of it waits for disks and computes for long: call it in a thread.
"""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from tracking.bots.hosting.formats import InvalidListError, NetworkList, read_networks

MAX_FILE_BYTES: Final = 64 << 20
SUFFIXES: Final = (".json", ".csv", ".txt")
RELAY_PREFIX: Final = "relay-"

Content = TypeVar("Content")
Stamp = tuple[int, int, int]


class ListStatus(NamedTuple):
    """What operators see of a file. With a problem it is the file before that is in use, if there was one."""

    name: str
    entries: int
    dated: dt.date | None
    version: str | None  # the first digits of its digest
    problem: str | None = None


class LoadedFile(NamedTuple, Generic[Content]):
    content: Content
    dated: dt.date
    version: str


class WatchedFile(Generic[Content]):
    """One file. `read` is given its bytes and answers its content and its own date; it raises InvalidListError."""

    def __init__(self, path: Path, read: Callable[[bytes], tuple[Content, dt.date | None]]) -> None:
        self.path = path
        self.loaded: LoadedFile[Content] | None = None
        self.problem: str | None = None
        self._read = read
        self._stamp: Stamp | None = None

    def refresh(self) -> None:
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp == self._stamp:
                return
            self._stamp = stamp
            self._load(found)
        except OSError as error:
            self._stamp = None
            self.problem = error.strerror or type(error).__name__
        except InvalidListError as error:
            self.problem = str(error)

    def _load(self, found: os.stat_result) -> None:
        if found.st_size > MAX_FILE_BYTES:
            raise InvalidListError(f"it has {found.st_size:,} bytes: expected at most {MAX_FILE_BYTES:,}")
        raw = self.path.read_bytes()
        content, dated = self._read(raw)
        changed_on = dt.datetime.fromtimestamp(found.st_mtime, dt.UTC).date()
        self.loaded = LoadedFile(content, dated or changed_on, blake2b(raw, digest_size=6).hexdigest())
        self.problem = None

    def describe_version(self) -> str:
        """In a line what is in use; empty for nothing."""
        return f"{self.path.name} {self.loaded.version} {self.loaded.dated}" if self.loaded is not None else ""

    def describe(self, count: Callable[[Content], int]) -> ListStatus:
        if self.loaded is None:
            return ListStatus(self.path.name, 0, None, None, self.problem)
        return ListStatus(
            self.path.name, count(self.loaded.content), self.loaded.dated, self.loaded.version, self.problem
        )


class HostingFolder:
    """Files of networks. A provider is called what its files are called up to the first dot, so that it may have
    several; files whose names begin with RELAY_PREFIX list networks behind which people are, whoever's they are.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._files: dict[str, WatchedFile[NetworkList]] = {}
        self._problem: str | None = None

    def refresh(self) -> None:
        """A folder that cannot be read leaves all as it was."""
        if self._folder is None:
            return
        try:
            names = {entry.name for entry in os.scandir(self._folder) if _is_list(entry)}
        except OSError as error:
            self._problem = error.strerror or type(error).__name__
            return
        self._problem = None
        self._files = {
            name: self._files.get(name) or WatchedFile(self._folder / name, _read_list) for name in sorted(names)
        }
        for file in self._files.values():
            file.refresh()

    @property
    def providers(self) -> dict[str, list[NetworkList]]:
        found: dict[str, list[NetworkList]] = {}
        for name, file in self._list_loaded():
            if not name.startswith(RELAY_PREFIX):
                found.setdefault(name.partition(".")[0], []).append(file.content)
        return found

    @property
    def relays(self) -> list[NetworkList]:
        return [file.content for name, file in self._list_loaded() if name.startswith(RELAY_PREFIX)]

    @property
    def version(self) -> str:
        """One line for each file in use."""
        return "\n".join(filter(None, (file.describe_version() for file in self._files.values())))

    def describe(self) -> list[ListStatus]:
        broken = [] if self._problem is None else [ListStatus(str(self._folder), 0, None, None, self._problem)]
        return broken + [file.describe(lambda content: len(content.networks)) for file in self._files.values()]

    def _list_loaded(self) -> Iterator[tuple[str, LoadedFile[NetworkList]]]:
        for name, file in self._files.items():
            if file.loaded is not None:
                yield name, file.loaded


def _is_list(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(SUFFIXES) and not entry.name.startswith(".") and entry.is_file()


def _read_list(raw: bytes) -> tuple[NetworkList, dt.date | None]:
    networks = read_networks(raw)
    return networks, networks.dated
