"""Clicks on this machine's disk while Redis cannot take them: fsynced before they are answered, replayed later.

A file belongs to the process that holds its lock. `.open` is being written, `.ready` waits for replay; a file whose
writer died is anybody's. Each record carries its length and checksum: what is torn at the end was never acknowledged.
Confirmations lie among the clicks, told apart by the mark that they begin with (`tracking.clicks.event`).
"""

import errno
import fcntl
import os
import secrets
import shutil
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import structlog

from tracking.clock import now_ms
from tracking.faults import maybe_crash

_HEAD: Final = struct.Struct(">II")
_NEW: Final = ".new"
_OPEN: Final = ".open"
_READY: Final = ".ready"
FULL_BYTES: Final = 16 * 1024**2  # of a file: replay reads one at once
CLAIMED_AT_ONCE: Final = 64  # each is an open file

log = structlog.get_logger()


class Spool:
    """Not for use from two threads at once. Every method touches the disk and belongs in a thread of its own."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._fd: int | None = None
        self._path: Path | None = None
        self._bytes = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._free_bytes = shutil.disk_usage(folder).free

    @property
    def size_bytes(self) -> int:
        """As of the last look, and so without a wait for the disk."""
        return self._bytes

    @property
    def free_bytes(self) -> int:
        """Of its disk, as of the last look."""
        return self._free_bytes

    def write(self, records: Sequence[bytes]) -> None:
        """Durable when it returns. Raises OSError when the disk or the spool's own limit is full, with nothing kept."""
        data = b"".join(_HEAD.pack(len(record), zlib.crc32(record)) + record for record in records)
        if self.measure() + len(data) > self._max_bytes:
            raise OSError(errno.ENOSPC, "the spool is full")
        fd = self._open()
        start = os.lseek(fd, 0, os.SEEK_END)
        try:
            _write_all(fd, data)
            os.fdatasync(fd)
        except OSError:
            try:
                os.ftruncate(fd, start)
            except OSError:  # what followed a torn record could not be read: later ones go to another file
                self.close()
            raise
        self._bytes += len(data)
        maybe_crash("after_spool_write")

    def close(self) -> None:
        """Hand the file that is being written over to replay."""
        if self._fd is None or self._path is None:
            return
        self._path.rename(self._path.with_suffix(_READY))
        os.close(self._fd)
        self._fd = self._path = None

    def claim(self) -> "list[SpoolFile]":
        """The next files that wait for replay and that no living process holds, the oldest first."""
        found = sorted(path for path in self._folder.iterdir() if path.suffix in {_OPEN, _READY})
        waiting = (_lock(path) for path in found if path != self._path)
        return list(islice((claimed for claimed in waiting if claimed is not None), CLAIMED_AT_ONCE))

    def _open(self) -> int:
        if self._fd is not None and os.lseek(self._fd, 0, os.SEEK_END) >= FULL_BYTES:
            self.close()
        if self._fd is None:
            path = self._folder / f"{now_ms()}-{os.getpid()}-{secrets.token_hex(4)}{_NEW}"
            fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            fcntl.flock(fd, fcntl.LOCK_EX)  # before others see it, who would replay and delete an unlocked one
            self._path, self._fd = path.rename(path.with_suffix(_OPEN)), fd
            _sync_folder(self._folder)
        return self._fd

    def measure(self) -> int:
        """How many bytes wait now, of every process."""
        self._free_bytes = shutil.disk_usage(self._folder).free
        self._bytes = sum(_read_size(path) for path in self._folder.iterdir() if path.suffix in {_OPEN, _READY})
        return self._bytes


class SpoolFile:
    """A file to replay, locked by this process."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self._fd = fd

    def read(self, batch: int) -> Iterator[list[bytes]]:
        """Its records, without spoilt ones, up to where nothing can be told from another."""
        records: list[bytes] = []
        for record in _read_records(self.path.read_bytes()):
            records.append(record)
            if len(records) == batch:
                yield records
                records = []
        if records:
            yield records

    def delete(self) -> None:
        maybe_crash("before_unlink")
        self.path.unlink()
        self.release()

    def release(self) -> None:
        os.close(self._fd)


def _read_records(data: bytes) -> Iterable[bytes]:
    at = 0
    while at + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, at)
        record = data[at + _HEAD.size : at + _HEAD.size + length]
        if not length or len(record) != length:
            return  # no record is empty, but a file may end in zeros after a power cut
        if zlib.crc32(record) == checksum:  # else a disk forgot a bit of it, and what follows is still good
            yield record
        at += _HEAD.size + length


def _lock(path: Path) -> SpoolFile | None:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:  # another process has just replayed it
        return None
    except OSError as error:  # such as one of another user's; it must not hold up the others
        log.warning("a file of the spool cannot be read", name=path.name, error=str(error))
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    if not path.exists():
        os.close(fd)
        return None
    return SpoolFile(path, fd)


def _read_size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # another process has just replayed it
        return 0


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync_folder(folder: Path) -> None:
    """The name of a new file must survive as its content does."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
