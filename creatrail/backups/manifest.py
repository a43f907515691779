"""What a backup says of itself: its files with their hashes, the schema, and which secrets belong to it."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from creatrail.backups.errors import BackupError
from tracking.settings import ClickTokenKey, Settings

MANIFEST: Final = "manifest.json"
DATABASE: Final = "database.dump"
STREAMS: Final = "streams.bin"
SPOOL: Final = "spool"
FORMAT: Final = 1

_PERSON: Final = b"ct backup keys"
_CHUNK_BYTES: Final = 1024 * 1024


class BackedUpFile(msgspec.Struct, frozen=True):
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """`keys`: a fingerprint of each secret by its name, for what they sign and seal cannot be read without them."""

    format: int
    began_at: dt.datetime  # everything that was answered before is in it
    migrations: list[str]
    keys: dict[str, str]
    files: dict[str, BackedUpFile]


def describe_files(folder: Path) -> dict[str, BackedUpFile]:
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {str(path.relative_to(folder)): BackedUpFile(path.stat().st_size, _hash(path)) for path in found}


def write_manifest(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))


def read_manifest(folder: Path) -> Manifest:
    """Of a backup whose files are all there and unchanged. Raises BackupError."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise BackupError(f"{folder} is no backup: {MANIFEST} cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise BackupError(f"{folder} has format {manifest.format}, and this version reads {FORMAT}")
    found = describe_files(folder)
    damaged = sorted(name for name in manifest.files.keys() | found if found.get(name) != manifest.files.get(name))
    if damaged:
        raise BackupError(f"{folder} is damaged: {', '.join(damaged)}")
    return manifest


def fingerprint_keys(settings: Settings) -> dict[str, str]:
    """By `VARIABLE` or `VARIABLE ID`. What a key signed or sealed is lost with it."""
    keys = {"COOKIE_SECRET": _fingerprint(settings.cookie_secret)}
    for variable, held in (("CLICK_TOKEN_KEYS", settings.click_token_keys), ("SECRETS_KEYS", settings.secrets_keys)):
        keys |= _fingerprint_all(variable, held)
    return keys


def _fingerprint_all(variable: str, keys: Sequence[ClickTokenKey]) -> dict[str, str]:
    return {f"{variable} {key.key_id}": _fingerprint(key.secret) for key in keys}


def _fingerprint(secret: bytes) -> str:
    return hashlib.blake2b(secret, person=_PERSON, digest_size=8).hexdigest()


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
