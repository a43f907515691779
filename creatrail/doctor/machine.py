"""The doctor's look at the machine it runs on: open files, the spool's folder and disk, time zones."""

import asyncio
import os
import resource
import secrets
import shutil
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from creatrail.doctor.findings import BrokenError, Finding
from tracking.settings import Settings

FEWEST_FILES: Final = 4_096
_SHARE_KEPT_FREE: Final = 0.05
_FOREIGN: Final = ("nfs", "cifs", "smb", "fuse.sshfs", "9p", "ceph", "gluster")
_GONE_AT_RESTART: Final = ("tmpfs", "ramfs")
_MOUNTS: Final = Path("/proc/self/mounts")


async def check_machine(settings: Settings) -> Finding:
    """Nothing is left behind."""
    return await asyncio.to_thread(_check, settings)


def _check(settings: Settings) -> Finding:
    folder = settings.spool_dir.absolute()
    _try_to_write(folder)
    free = shutil.disk_usage(folder)
    warnings = [
        describe_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        describe_disk(free.free, free.total, settings.spool_max_bytes),
        describe_file_system(find_file_system(folder, _MOUNTS.read_text() if _MOUNTS.exists() else "")),
    ]
    _check_time_zones()
    found = tuple(warning for warning in warnings if warning)
    return Finding(f"spool {folder} can be written, {free.free / 1024**3:.0f} GiB free", found)


def _try_to_write(folder: Path) -> None:
    """As the user who runs this; a redirector may be another one."""
    probe = folder / f"doctor-{secrets.token_hex(4)}.new"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BrokenError(
            f"the spool {folder} cannot be written: {error.strerror}", "correct SPOOL_DIR, or whose folder it is"
        ) from error


def _check_time_zones() -> None:
    try:
        ZoneInfo("Asia/Kolkata")
    except ZoneInfoNotFoundError as error:
        raise BrokenError(
            "there are no time zones: no account but in UTC can be counted", "install tzdata (Debian, or pip)"
        ) from error


def describe_files(limit: int) -> str | None:
    """Each visitor, subscriber and webhook is an open file."""
    if limit in {resource.RLIM_INFINITY, -1} or limit >= FEWEST_FILES:
        return None
    return f"programs started like this one may open {limit} files: raise it to {FEWEST_FILES} or more (ulimit -n)"


def describe_disk(free_bytes: int, total_bytes: int, spool_bytes: int) -> str | None:
    if free_bytes >= min(spool_bytes, total_bytes * _SHARE_KEPT_FREE):
        return None
    return (
        f"the disk of the spool has {free_bytes // 1024**2} MiB left: clicks are lost once both it and Redis are full"
    )


def describe_file_system(kind: str | None) -> str | None:
    if kind is not None and kind.startswith(_FOREIGN):
        return f"the spool is on {kind}: give it a disk of this machine, which works when the network does not"
    if kind in _GONE_AT_RESTART:
        return f"the spool is on {kind}: give it a disk, as what is in memory is lost with the machine"
    return None


def find_file_system(folder: Path, mounts: str) -> str | None:
    """Of the longest mount point that holds the folder; None where there are no mounts to read."""
    best, found = -1, None
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        path = Path(os.fsdecode(point.encode().decode("unicode_escape")))
        if folder.is_relative_to(path) and len(path.parts) > best:
            best, found = len(path.parts), kind
    return found
