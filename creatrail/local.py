"""What `creatrail up` keeps in the state folder: the secrets of this installation and the settings of a running one."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from creatrail.embedded.folders import find_state
from tracking.settings import Settings, load_settings

SECRETS_FILE = "secrets.json"
RUNNING_FILE = "running.json"
LOCK_FILE = "up.lock"


class AlreadyRunningError(Exception):
    """Another `creatrail up` uses this state folder; the message names its process."""


def load_local_settings(environment: dict[str, str]) -> Settings:
    """The settings of an environment; what is not set there comes from the `creatrail up` that runs here."""
    return load_settings({**_read_running(environment), **_without_empty(environment)})


def read_or_make_secrets(state: Path) -> dict[str, str]:
    """Keys for click ids, cookies and what is sealed, made once for this folder and readable by its owner alone.

    A folder of an older version gets those that it lacks.
    """
    path = state / SECRETS_FILE
    kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    made = {
        "CLICK_TOKEN_KEYS": f"1:{_make_secret()}",
        "COOKIE_SECRET": _make_secret(),
        "SECRETS_KEYS": f"1:{_make_secret()}",
    }
    if made.keys() - kept.keys():
        kept = {**made, **kept}
        write_private(path, json.dumps(kept))
    return kept


def write_running(state: Path, settings: dict[str, str]) -> None:
    """Let other commands of this folder find the stores that `up` started."""
    write_private(state / RUNNING_FILE, json.dumps(settings))


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole; only its owner can ever read it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    partial.replace(path)


@contextmanager
def hold_lock(state: Path) -> Iterator[None]:
    """Be the only `up` of this state folder. The kernel lets go of the lock when its holder dies, however it dies."""
    with (state / LOCK_FILE).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read() or "unknown"
            raise AlreadyRunningError(
                f"`creatrail up` runs here already (process {holder}): stop it, or choose another STATE_DIR"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield
        finally:
            (state / RUNNING_FILE).unlink(missing_ok=True)
            lock.truncate(0)


def _read_running(environment: dict[str, str]) -> dict[str, str]:
    chosen = environment.get("STATE_DIR")
    state = find_state(Path(chosen) if chosen else None)
    if not (state / RUNNING_FILE).exists():
        return {}
    try:
        with hold_lock(state):  # so nobody runs: what a killed run left tells nothing, and goes
            return {}
    except AlreadyRunningError:
        found: dict[str, str] = json.loads((state / RUNNING_FILE).read_text())
        return found


def _without_empty(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if value.strip()}


def _make_secret() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
