"""Settings from the environment: the only reader of os.environ, used by every program at its start."""

import base64
import binascii
import ipaddress
import math
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast, get_type_hints
from urllib.parse import urlsplit

import msgspec

MIN_KEY_BYTES = 16
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_RESOLVER = re.compile(r"(?:\[(?P<bracketed>[^]]+)\]|(?P<plain>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")


class SettingsError(Exception):
    """Bad settings: one line for each variable, naming it and what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ClickTokenKey(msgspec.Struct, frozen=True):
    key_id: int
    secret: bytes

    def __repr__(self) -> str:
        return f"{type(self).__name__}(key_id={self.key_id}, secret=…)"


class SecretsKey(ClickTokenKey, frozen=True):
    """Seals what is kept and must be read again."""


Key = TypeVar("Key", bound=ClickTokenKey)


class DnsResolver(msgspec.Struct, frozen=True):
    address: str
    port: int


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting; the name of the variable is the field's name in capitals. `.env.example` explains each."""

    database_url: str
    redis_url: str
    click_token_keys: tuple[ClickTokenKey, ...]
    cookie_secret: bytes

    secrets_keys: tuple[SecretsKey, ...] = ()

    public_port: int | None = None
    api_host: str = "127.0.0.1"
    api_port: int = 8000
    api_url: str | None = None
    redirector_host: str = "127.0.0.1"
    redirector_port: int = 8080
    redirector_ops_host: str = "127.0.0.1"
    redirector_ops_port: int = 8081
    worker_ops_port: int = 0
    worker_name: str = "w0"

    trusted_proxies: tuple[IpNetwork, ...] = ()
    public_hosts: tuple[str, ...] = ()
    dns_resolvers: tuple[DnsResolver, ...] = ()
    link_cache_size: int = 200_000
    unknown_cache_size: int = 20_000
    stale_max_s: int | None = None
    record_deadline_ms: int = 250
    spool_dir: Path = Path(".state/spool")
    spool_max_bytes: int = 2 * 1024**3
    unknown_slugs_per_minute: int = 60
    max_head_bytes: int = 16 * 1024
    head_deadline_s: float = 5.0

    hosting_ranges_dir: Path | None = None
    countries_file: Path | None = None
    ingest_batch: int = 5_000
    fold_interval_ms: int = 200
    database_pool_size: int = 10
    event_retention_days: int = 30
    destination_check_allow_private: bool = False

    streams_per_key: int = 1_000
    webhook_schedule_factor: float = 1.0
    webhook_timeout_s: float = 15.0
    webhook_log_days: int = 30
    webhook_allow_private: bool = False

    graphql_max_depth: int = 15
    graphql_max_cost: int = 40_000
    graphql_max_tokens: int = 4_000
    graphql_max_body_bytes: int = 1024 * 1024
    allow_introspection: bool = True
    graphiql: bool = True
    web_assets_dir: Path = Path(".web")

    state_dir: Path | None = None
    log_level: str = "INFO"
    log_json: bool = False
    ready_fd: int | None = None
    faults: str = ""

    @property
    def api_origin(self) -> str:
        """Where the api is reached from outside, without a slash at its end."""
        host = f"[{self.api_host}]" if ":" in self.api_host else self.api_host
        return (self.api_url or f"http://{host}:{self.api_port}").rstrip("/")

    def __repr__(self) -> str:
        return f"Settings(database={_without_password(self.database_url)}, redis={_without_password(self.redis_url)})"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check every setting. Raises SettingsError with a line for each bad or missing variable."""
    source: Mapping[str, str] = os.environ if environ is None else environ  # noqa: TID251 -- its one home
    problems: list[str] = []
    values: dict[str, object] = {}
    hints = get_type_hints(Settings)
    for field in msgspec.structs.fields(Settings):
        variable = field.name.upper()
        raw = source.get(variable, "").strip()
        if not raw:
            if field.required:
                problems.append(f"{variable} is not set: {_MEANINGS[field.name]}")
            continue
        read = _READERS.get(field.name)
        try:
            values[field.name] = read(raw) if read else msgspec.convert(raw, hints[field.name], strict=False)
        except (ValueError, msgspec.ValidationError) as error:
            problems.append(f"{variable} is not usable: {error}")
    if problems:
        raise SettingsError(problems)
    return Settings(**cast(Any, values))


def read_environment() -> dict[str, str]:
    """A copy of the environment, for the supervisor that hands it on to its children."""
    return dict(os.environ)  # noqa: TID251 -- its one home


def _read_url(*schemes: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        if urlsplit(raw).scheme not in schemes:
            raise ValueError(f"expected a URL that starts with {' or '.join(f'{s}://' for s in schemes)}")
        return raw

    return read


def _read_keys(kind: type[Key]) -> Callable[[str], tuple[Key, ...]]:
    def read(raw: str) -> tuple[Key, ...]:
        keys = tuple(_read_key(part, kind) for part in raw.split(","))
        if len({key.key_id for key in keys}) != len(keys):
            raise ValueError("every key needs an id of its own")
        return keys

    return read


def _read_key(part: str, kind: type[Key]) -> Key:
    key_id, _, secret = part.strip().partition(":")
    if not key_id.isdecimal() or not 0 <= int(key_id) <= 255:
        raise ValueError("expected ID:SECRET pairs separated by commas, ID from 0 to 255")
    return kind(key_id=int(key_id), secret=_read_secret(secret))


def _read_secret(raw: str) -> bytes:
    """A secret in URL-safe base64, of at least 16 bytes and at most the 64 that BLAKE2b takes as a key."""
    try:
        secret = base64.b64decode(raw + "=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("expected URL-safe base64") from error
    if not MIN_KEY_BYTES <= len(secret) <= 64:
        raise ValueError("expected 16 to 64 bytes in URL-safe base64")
    return secret


def _read_networks(raw: str) -> tuple[IpNetwork, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in raw.split(",") if part.strip())


def _read_public_hosts(raw: str) -> tuple[str, ...]:
    """Names in lower case and addresses in their one spelling, without brackets."""
    hosts = tuple(_read_public_host(part.strip()) for part in raw.split(",") if part.strip())
    if len(set(hosts)) != len(hosts):
        raise ValueError("every name and address is given once")
    return hosts


def _read_public_host(part: str) -> str:
    try:
        return str(ipaddress.ip_address(part.removeprefix("[").removesuffix("]")))
    except ValueError:
        name = part.lower().removesuffix(".")
    if not _HOST_NAME.fullmatch(name):
        raise ValueError("expected names and addresses separated by commas, such as links.brand.example,192.0.2.1")
    return name


def _read_resolvers(raw: str) -> tuple[DnsResolver, ...]:
    """Addresses of nameservers, each with a port when that is not 53."""
    return tuple(_read_resolver(part.strip()) for part in raw.split(",") if part.strip())


def _read_resolver(part: str) -> DnsResolver:
    match = _RESOLVER.fullmatch(part)
    if match is None:
        raise ValueError("expected addresses separated by commas, such as 192.0.2.53,192.0.2.54:5353,[2001:db8::53]")
    address = ipaddress.ip_address(match["bracketed"] or match["plain"])
    return DnsResolver(str(address), _read_port(match["port"] or "53"))


def _read_port(raw: str) -> int:
    if not raw.isdecimal() or not 0 <= int(raw) <= 65_535:
        raise ValueError("expected a port from 0 to 65535")
    return int(raw)


def _read_positive(raw: str) -> int:
    if not raw.isdecimal() or int(raw) < 1:
        raise ValueError("expected a whole number from 1 up")
    return int(raw)


def _read_positive_number(raw: str) -> float:
    number = float(raw)
    if not 0 < number < math.inf:
        raise ValueError("expected a number above 0")
    return number


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


_MEANINGS = {
    "database_url": "PostgreSQL, as postgresql://user@host/name",
    "redis_url": "Redis or Valkey, as redis://host:6379/0 or unix:///path",
    "click_token_keys": "keys that sign click ids, as 1:SECRET (URL-safe base64, 16 bytes or more)",
    "cookie_secret": "key that signs the visitor cookie (URL-safe base64, 16 bytes or more)",
}
_READERS: dict[str, Callable[[str], object]] = {
    "database_url": _read_url("postgresql", "postgres"),
    "redis_url": _read_url("redis", "rediss", "unix"),
    "click_token_keys": _read_keys(ClickTokenKey),
    "cookie_secret": _read_secret,
    "secrets_keys": _read_keys(SecretsKey),
    "trusted_proxies": _read_networks,
    "public_hosts": _read_public_hosts,
    "dns_resolvers": _read_resolvers,
    "public_port": _read_port,
    "api_port": _read_port,
    "api_url": _read_url("http", "https"),
    "redirector_port": _read_port,
    "redirector_ops_port": _read_port,
    "worker_ops_port": _read_port,
    "link_cache_size": _read_positive,
    "unknown_cache_size": _read_positive,
    "record_deadline_ms": _read_positive,
    "ingest_batch": _read_positive,
    "fold_interval_ms": _read_positive,
    "event_retention_days": _read_positive,
    "streams_per_key": _read_positive,
    "webhook_schedule_factor": _read_positive_number,
    "webhook_timeout_s": _read_positive_number,
    "webhook_log_days": _read_positive,
    "spool_dir": Path,
    "web_assets_dir": Path,
    "state_dir": Path,
    "hosting_ranges_dir": Path,
    "countries_file": Path,
}
