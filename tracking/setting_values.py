"""How each setting is read from its text; what is wrong with one is said in words for whoever set it."""

import base64
import binascii
import ipaddress
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

MIN_KEY_BYTES = 16
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
_REDIS_SCHEMES = ("redis", "rediss", "unix")
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_RESOLVER = re.compile(r"(?:\[(?P<bracketed>[^]]+)\]|(?P<plain>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?")


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


def read_url(*schemes: str) -> Callable[[str], str]:
    def read(raw: str) -> str:
        if urlsplit(raw).scheme not in schemes:
            raise ValueError(f"expected a URL that starts with {' or '.join(f'{s}://' for s in schemes)}")
        return raw

    return read


def read_redis_urls(raw: str) -> tuple[str, ...]:
    read = read_url(*_REDIS_SCHEMES)
    urls = tuple(read(part.strip()) for part in raw.split(",") if part.strip())
    if len(set(urls)) != len(urls):
        raise ValueError("every Redis is given once")
    return urls


def read_keys(kind: type[Key]) -> Callable[[str], tuple[Key, ...]]:
    def read(raw: str) -> tuple[Key, ...]:
        keys = tuple(read_key(part, kind) for part in raw.split(","))
        if len({key.key_id for key in keys}) != len(keys):
            raise ValueError("every key needs an id of its own")
        return keys

    return read


def read_key(part: str, kind: type[Key]) -> Key:
    key_id, _, secret = part.strip().partition(":")
    if not key_id.isdecimal() or not 0 <= int(key_id) <= 255:
        raise ValueError("expected ID:SECRET pairs separated by commas, ID from 0 to 255")
    return kind(key_id=int(key_id), secret=read_secret(secret))


def read_secret(raw: str) -> bytes:
    """A secret in URL-safe base64, of at least 16 bytes and at most the 64 that BLAKE2b takes as a key."""
    try:
        secret = base64.b64decode(raw + "=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("expected URL-safe base64") from error
    if not MIN_KEY_BYTES <= len(secret) <= 64:
        raise ValueError("expected 16 to 64 bytes in URL-safe base64")
    return secret


def read_networks(raw: str) -> tuple[IpNetwork, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in raw.split(",") if part.strip())


def read_public_hosts(raw: str) -> tuple[str, ...]:
    """Names in lower case and addresses in their one spelling, without brackets."""
    hosts = tuple(read_public_host(part.strip()) for part in raw.split(",") if part.strip())
    if len(set(hosts)) != len(hosts):
        raise ValueError("every name and address is given once")
    return hosts


def read_public_host(part: str) -> str:
    try:
        return str(ipaddress.ip_address(part.removeprefix("[").removesuffix("]")))
    except ValueError:
        name = part.lower().removesuffix(".")
    if not _HOST_NAME.fullmatch(name):
        raise ValueError("expected names and addresses separated by commas, such as links.brand.example,192.0.2.1")
    return name


def read_resolvers(raw: str) -> tuple[DnsResolver, ...]:
    """Addresses of nameservers, each with a port when that is not 53."""
    return tuple(read_resolver(part.strip()) for part in raw.split(",") if part.strip())


def read_resolver(part: str) -> DnsResolver:
    match = _RESOLVER.fullmatch(part)
    if match is None:
        raise ValueError("expected addresses separated by commas, such as 192.0.2.53,192.0.2.54:5353,[2001:db8::53]")
    address = ipaddress.ip_address(match["bracketed"] or match["plain"])
    return DnsResolver(str(address), read_port(match["port"] or "53"))


def read_port(raw: str) -> int:
    if not raw.isdecimal() or not 0 <= int(raw) <= 65_535:
        raise ValueError("expected a port from 0 to 65535")
    return int(raw)


def read_listen_fds(raw: str) -> int:
    if raw != "1":
        raise ValueError("expected 1, as a program takes over one listening socket")
    return 1


def read_positive(raw: str) -> int:
    if not raw.isdecimal() or int(raw) < 1:
        raise ValueError("expected a whole number from 1 up")
    return int(raw)


def read_positive_number(raw: str) -> float:
    number = float(raw)
    if not 0 < number < math.inf:
        raise ValueError("expected a number above 0")
    return number


def read_ratio(raw: str) -> float:
    ratio = float(raw)
    if not 0 <= ratio <= 1:
        raise ValueError("expected a number from 0 to 1")
    return ratio


READERS: dict[str, Callable[[str], object]] = {
    "database_url": read_url("postgresql", "postgres"),
    "redis_url": read_url(*_REDIS_SCHEMES),
    "click_redis_urls": read_redis_urls,
    "click_token_keys": read_keys(ClickTokenKey),
    "cookie_secret": read_secret,
    "secrets_keys": read_keys(SecretsKey),
    "trusted_proxies": read_networks,
    "public_hosts": read_public_hosts,
    "dns_resolvers": read_resolvers,
    "public_port": read_port,
    "api_port": read_port,
    "api_url": read_url("http", "https"),
    "redirector_port": read_port,
    "redirector_ops_port": read_port,
    "api_ops_port": read_port,
    "worker_ops_port": read_port,
    "link_cache_size": read_positive,
    "unknown_cache_size": read_positive,
    "record_deadline_ms": read_positive,
    "ingest_batch": read_positive,
    "fold_interval_ms": read_positive,
    "event_retention_days": read_positive,
    "streams_per_key": read_positive,
    "webhook_schedule_factor": read_positive_number,
    "webhook_timeout_s": read_positive_number,
    "webhook_log_days": read_positive,
    "otel_exporter_otlp_endpoint": read_url("http", "https"),
    "trace_sample_ratio": read_ratio,
    "listen_fds": read_listen_fds,
    "spool_dir": Path,
    "web_assets_dir": Path,
    "state_dir": Path,
    "hosting_ranges_dir": Path,
    "countries_file": Path,
}
