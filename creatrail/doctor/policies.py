"""Whether a page's content security policies let the snippets work. Pure.

As browsers read them: each policy by itself has to allow it, the most specific directive decides, and a nonce or
'strict-dynamic' takes the place of hosts.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"http": 80, "https": 443}


def allows_script(policies: Iterable[str], url: str, page_url: str, nonce: str | None) -> bool:
    """Whether a script element with this address, and maybe this nonce, may run on the page."""
    return all(_allows(policy, ("script-src-elem", "script-src"), url, page_url, nonce) for policy in policies)


def allows_connection(policies: Iterable[str], url: str, page_url: str) -> bool:
    return all(_allows(policy, ("connect-src",), url, page_url, None) for policy in policies)


def allows_picture(policies: Iterable[str], url: str, page_url: str) -> bool:
    return all(_allows(policy, ("img-src",), url, page_url, None) for policy in policies)


def _allows(policy: str, names: tuple[str, ...], url: str, page_url: str, nonce: str | None) -> bool:
    directives: dict[str, list[str]] = {}
    for words in filter(None, map(str.split, policy.split(";"))):
        directives.setdefault(words[0].lower(), words[1:])
    sources = next((directives[name] for name in (*names, "default-src") if name in directives), None)
    if sources is None:
        return True
    if nonce is not None and f"'nonce-{nonce}'" in sources:
        return True
    if "'strict-dynamic'" in sources:
        return False
    return any(_matches(source, url, page_url) for source in sources)


def _matches(source: str, url: str, page_url: str) -> bool:
    wanted, page = urlsplit(url), urlsplit(page_url)
    if source == "*":
        return wanted.scheme in _PORTS
    if source == "'self'":
        return _is_same_origin(url, page_url)
    if source.startswith("'"):
        return False
    if source.endswith(":") and "/" not in source:
        return _is_scheme(source[:-1], wanted.scheme)
    scheme, _, rest = source.rpartition("://")
    authority, _, path = rest.partition("/")
    host, _, port = authority.partition(":")
    return (
        _is_scheme(scheme or page.scheme, wanted.scheme)
        and _is_host(host.lower(), wanted.hostname or "")
        and _is_port(port, wanted.scheme, wanted.port)
        and (not path or wanted.path == f"/{path}" or (path.endswith("/") and wanted.path.startswith(f"/{path}")))
    )


def _is_same_origin(url: str, page_url: str) -> bool:
    one, other = urlsplit(url), urlsplit(page_url)
    ports = [parts.port or _PORTS.get(parts.scheme) for parts in (one, other)]
    return (one.scheme, one.hostname, ports[0]) == (other.scheme, other.hostname, ports[1])


def _is_scheme(allowed: str, wanted: str) -> bool:
    return wanted == allowed or (allowed == "http" and wanted == "https")


def _is_host(allowed: str, wanted: str) -> bool:
    return wanted.endswith(allowed[1:]) if allowed.startswith("*.") else wanted == allowed


def _is_port(allowed: str, scheme: str, wanted: int | None) -> bool:
    return allowed == "*" or (wanted or _PORTS.get(scheme)) == (int(allowed) if allowed else _PORTS.get(scheme))
