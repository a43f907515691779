"""Where embedded servers keep data and sockets: private folders with short names; called by `up` and by the tests."""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ROOT_STATE = Path("/var/lib/creatrail")
NOBODY_ID = 65_534


class FolderError(Exception):
    """A folder that we cannot use safely; the message names it and says what to do."""


@dataclass(frozen=True)
class Folders:
    state: Path
    sockets: Path


def open_folders(state_dir: Path | None = None) -> Folders:
    """Make the state folder and its socket folder. Without a choice: `.state` here, or below /var/lib for root."""
    state = find_state(state_dir)
    state.mkdir(mode=0o755 if is_root() else 0o700, parents=True, exist_ok=True)
    return Folders(state=state, sockets=open_socket_folder(state))


def find_state(state_dir: Path | None = None) -> Path:
    """Where the state folder is or would be; nothing is made."""
    if state_dir is not None:
        return state_dir.resolve()
    return ROOT_STATE / short_hash(PROJECT) if is_root() else PROJECT / ".state"


def open_socket_folder(state: Path) -> Path:
    """A folder for the sockets of this state folder, its name short: a unix socket's path has at most 107 bytes.

    Others can write to /tmp, so a folder that is a link, is another user's or is open to others is refused.
    """
    folder = Path(f"/tmp/creatrail-{os.getuid()}-{short_hash(state)}")  # noqa: S108 -- its owner and mode are checked below
    # Root's PostgreSQL runs as nobody and must pass through; its own folder inside is private.
    mode = 0o711 if is_root() else 0o700
    try:
        folder.mkdir()
        folder.chmod(mode)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & ~mode:
        raise FolderError(f"{folder} is not a private folder of this user: remove it or set STATE_DIR")
    return folder


def make_private(folder: Path, owner: int) -> Path:
    """A folder that only `owner` (a user id) can enter."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != owner:
        os.chown(folder, owner, -1)
    return folder


def is_root() -> bool:
    return os.geteuid() == 0


def postgres_owner() -> int:
    """The user that PostgreSQL runs as: it refuses root, so for root it is nobody."""
    if not is_root():
        return os.geteuid()
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return NOBODY_ID


def short_hash(path: Path) -> str:
    return hashlib.blake2b(os.fsencode(path), digest_size=4).hexdigest()
