"""A report as it came: what its request says before anybody is asked."""

from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from redirector.conversions.parameters import Parameters, read_body, read_parameters
from redirector.facts import Headers, RequestShape, Shapes
from redirector.visitor import ClientAddresses
from tracking.bots.rules import ClickFacts, classify
from tracking.bots.verdicts import TrafficClass
from tracking.clicks.event import Fact
from tracking.conversions.reading import RefusalCode, ReportError
from tracking.conversions.signing import SignedParts
from tracking.links.rules import normalise_host

_ONCE: Final = (b"host", b"x-signature", b"authorization", b"origin", b"content-length", b"content-type")
_REPORTS_NOTHING: Final = frozenset({TrafficClass.PREFETCH, TrafficClass.PREVIEW})
_BEARER: Final = "bearer "
_TAKEN: Final = frozenset({"GET", "POST"})


class ReportRequest(NamedTuple):
    """`origin` is "" when there was none, or a browser would not tell."""

    scope: Any
    headers: Headers
    facts: int
    parameters: Parameters
    body: bytes
    origin: str

    @property
    def signature(self) -> str | None:
        header = self.headers.get(b"x-signature")
        return None if header is None else header.decode("latin-1")

    @property
    def secret(self) -> str:
        scheme, rest = _split(self.headers.get(b"authorization", b"").decode("latin-1"), len(_BEARER))
        return rest.strip() if scheme.lower() == _BEARER else self.parameters.get("secret", "")

    @property
    def is_private(self) -> bool:
        return bool(self.facts & Fact.GLOBAL_PRIVACY_CONTROL)

    @property
    def page_host(self) -> str:
        """Of the page that a browser reported from, "" when nobody says."""
        address = self.origin or self.headers.get(b"referer", b"").decode("latin-1")
        return _find_host(address) if address else ""

    def list_signed_parts(self) -> SignedParts:
        query = self.scope["query_string"]
        target = self.scope["raw_path"] + (b"?" + query if query else b"")
        host = normalise_host(self.headers.get(b"host", b"").decode("latin-1")) or ""
        return SignedParts(self.scope["method"], host, target, self.body)


class RequestReader:
    def __init__(self, addresses: ClientAddresses) -> None:
        self._addresses = addresses
        self._shapes = Shapes()

    async def read(self, scope: Any, receive: Any) -> ReportRequest:
        """Raises ReportError."""
        headers: Headers = dict(scope["headers"])
        _check_headers(scope, headers)
        facts = self._look(scope, headers)
        has_body = scope["method"] == "POST" or b"content-length" in headers or b"transfer-encoding" in headers
        body = await read_body(receive, headers) if has_body else b""
        parameters = read_parameters(scope["query_string"], body, headers.get(b"content-type", b""))
        return ReportRequest(scope, headers, facts, parameters, body, _read_origin(headers))

    def read_query(self, scope: Any, headers: Headers) -> ReportRequest:
        """The same where there is no body, and each header stands there once. Raises ReportError."""
        facts = self._look(scope, headers)
        parameters = read_parameters(scope["query_string"], b"", b"")
        return ReportRequest(scope, headers, facts, parameters, b"", _read_origin(headers))

    def _look(self, scope: Any, headers: Headers) -> int:
        """The facts of the request, if it reports anything."""
        method = scope["method"]
        shape = self._shapes.read(headers, method, self._addresses.find_scheme(scope, headers))
        if method == "HEAD" or _is_ahead_of_a_person(shape):
            raise ReportError(RefusalCode.NOT_A_REPORT, "", "looking ahead reports nothing")
        if method not in _TAKEN:
            raise ReportError(RefusalCode.METHOD_NOT_ALLOWED, "", "reports come by GET or POST")
        return shape.facts


def _is_ahead_of_a_person(shape: RequestShape) -> bool:
    """Prefetches, and programs that show what is behind a link. Other programs report as servers do."""
    if shape.is_speculative:
        return True
    if not shape.is_answered_plainly:
        return False
    seen = ClickFacts(shape.facts, shape.user_agent.decode("utf-8", "replace"))
    return classify(seen).traffic_class in _REPORTS_NOTHING


def _check_headers(scope: Any, headers: Headers) -> None:
    if b"host" not in headers:
        raise ReportError(RefusalCode.BAD_REQUEST, "", "a request names exactly one host")
    if len(headers) == len(scope["headers"]):
        return
    names = [name for name, _ in scope["headers"]]
    twice = next((name for name in _ONCE if names.count(name) > 1), None)
    if twice is not None:
        raise ReportError(RefusalCode.BAD_REQUEST, "", f"the header {twice.decode()} stands there twice")


@lru_cache(maxsize=1_024)
def _find_host(address: str) -> str:
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return ""
    return normalise_host(host) or "" if host else ""


def _read_origin(headers: Headers) -> str:
    if b"origin" not in headers:
        return ""
    origin = headers[b"origin"].decode("latin-1").strip()
    return "" if origin == "null" else origin


def _split(text: str, at: int) -> tuple[str, str]:
    return text[:at], text[at:]
