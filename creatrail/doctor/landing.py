"""The page of the brand that a link leads to, as the doctor gets it over all redirects, and what its HTML holds."""

import asyncio
import http.client
import ssl
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urljoin, urlsplit

from creatrail.doctor.asking import DEADLINE_S, NoAnswerError
from creatrail.get import resolve_local
from tracking.links.rules import CLICK_ID_PARAMETER
from tracking.snippets.rules import SCRIPTS_PATH

MAX_HOPS: Final = 10
_KEPT_BODY_BYTES: Final = 2_000_000
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_POLICY: Final = "content-security-policy"


class Script(NamedTuple):
    """A script element of ours. `key` is "" where it has none."""

    url: str
    key: str
    nonce: str | None


class Hop(NamedTuple):
    url: str
    status: int

    @property
    def has_click_id(self) -> bool:
        return CLICK_ID_PARAMETER in parse_qs(urlsplit(self.url).query)


class LandingPage(NamedTuple):
    """`hops` end with the page itself."""

    hops: list[Hop]
    scripts: list[Script]
    policies: list[str]
    has_tag_manager: bool

    @property
    def url(self) -> str:
        return self.hops[-1].url

    @property
    def status(self) -> int:
        return self.hops[-1].status

    def find_dropping(self) -> tuple[str, str] | None:
        """The redirect that lost the click id: from where, and to where."""
        for before, after in zip(self.hops, self.hops[1:], strict=False):
            if before.has_click_id and not after.has_click_id:
                return before.url, after.url
        return None


class Fetched(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


async def fetch(url: str, headers: Mapping[str, str]) -> Fetched:
    """Where its name leads, following nothing. Raises NoAnswerError."""
    return await asyncio.to_thread(_get, url, headers)


async def open_landing_page(url: str, headers: Mapping[str, str]) -> LandingPage:
    """Raises NoAnswerError, also for redirects without end."""
    return await asyncio.to_thread(_open, url, headers)


def _open(url: str, headers: Mapping[str, str]) -> LandingPage:
    hops: list[Hop] = []
    for _ in range(MAX_HOPS):
        status, answered, body = _get(url, headers)
        hops.append(Hop(url, status))
        if status not in _REDIRECTS or not answered.get("location"):
            reader = _PageReader(url)
            reader.feed(body.decode("utf-8", "replace"))
            policies = [*answered.get_all(_POLICY, []), *reader.policies]
            return LandingPage(hops, reader.scripts, policies, reader.has_tag_manager)
        url = urljoin(url, answered["location"])
    raise NoAnswerError(f"more than {MAX_HOPS} redirects, the last to {url}")


def _get(url: str, headers: Mapping[str, str]) -> Fetched:
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = _connect(parts.scheme, resolve_local(host), parts.port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("GET", path, headers={**headers, "Host": parts.netloc.rpartition("@")[2]})
        response = connection.getresponse()
        return Fetched(response.status, response.headers, response.read(_KEPT_BODY_BYTES))
    except TimeoutError:
        raise NoAnswerError(f"{host} does not answer within {DEADLINE_S} s") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswerError(f"{host} does not answer: {error}") from error
    finally:
        connection.close()


def _connect(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=DEADLINE_S, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=DEADLINE_S)


class _PageReader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.scripts: list[Script] = []
        self.policies: list[str] = []
        self.has_tag_manager = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and f"/{SCRIPTS_PATH}/" in given.get("src", ""):
            url = urljoin(self._url, given["src"])
            in_address = parse_qs(urlsplit(url).query).get("key", [""])[0]
            self.scripts.append(Script(url, given.get("data-key") or in_address, given.get("nonce")))
        elif tag == "script" and "googletagmanager" in given.get("src", ""):
            self.has_tag_manager = True
        elif tag == "meta" and given.get("http-equiv", "").lower() == _POLICY:
            self.policies.append(given.get("content", ""))

    def handle_data(self, data: str) -> None:
        if "googletagmanager" in data:
            self.has_tag_manager = True
