"""Settings from the environment: the only reader of os.environ, used by every program at its start."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast, get_type_hints
from urllib.parse import urlsplit

import msgspec

from tracking.setting_values import MIN_KEY_BYTES, READERS, ClickTokenKey, DnsResolver, IpNetwork, SecretsKey

__all__ = [
    "MIN_KEY_BYTES",
    "ClickTokenKey",
    "DnsResolver",
    "IpNetwork",
    "SecretsKey",
    "Settings",
    "SettingsError",
    "load_settings",
    "read_environment",
]


class SettingsError(Exception):
    """Bad settings: one line for each variable, naming it and what would be right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting; the name of the variable is the field's name in capitals. `.env.example` explains each."""

    database_url: str
    redis_url: str
    click_token_keys: tuple[ClickTokenKey, ...]
    cookie_secret: bytes

    secrets_keys: tuple[SecretsKey, ...] = ()
    click_redis_urls: tuple[str, ...] = ()

    public_port: int | None = None
    api_host: str = "127.0.0.1"
    api_port: int = 8000
    api_url: str | None = None
    redirector_host: str = "127.0.0.1"
    redirector_port: int = 8080
    redirector_ops_host: str = "127.0.0.1"
    redirector_ops_port: int = 8081
    api_ops_host: str = "127.0.0.1"
    api_ops_port: int = 0
    worker_ops_host: str = "127.0.0.1"
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
    otel_exporter_otlp_endpoint: str | None = None
    trace_sample_ratio: float = 0.01
    ready_fd: int | None = None
    listen_fds: int | None = None
    listen_pid: int | None = None
    notify_socket: str | None = None
    faults: str = ""

    @property
    def click_stream_urls(self) -> tuple[str, ...]:
        """Every Redis that the click stream is spread over."""
        return self.click_redis_urls or (self.redis_url,)

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
        read = READERS.get(field.name)
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


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


_MEANINGS = {
    "database_url": "PostgreSQL, as postgresql://user@host/name",
    "redis_url": "Redis or Valkey, as redis://host:6379/0 or unix:///path",
    "click_token_keys": "keys that sign click ids, as 1:SECRET (URL-safe base64, 16 bytes or more)",
    "cookie_secret": "key that signs the visitor cookie (URL-safe base64, 16 bytes or more)",
}
