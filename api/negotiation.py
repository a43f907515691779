"""Which media type a client gets, by its Accept header; and which it may send."""

from typing import Final, Literal, NamedTuple

JSON: Final = "application/json"
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"


EVENT_STREAM: Final = "text/event-stream"
PARTS: Final = "multipart/mixed"
HOW_TO_SUBSCRIBE: Final = (
    "Subscriptions are told at this address over WebSockets (graphql-transport-ws), as Server-Sent Events (Accept:"
    " text/event-stream) and in parts (Accept: multipart/mixed;subscriptionSpec=1.0)."
)
STREAM_TYPES: Final = (EVENT_STREAM, f"{PARTS};subscriptionSpec=1.0")


class _Range(NamedTuple):
    """One entry of an Accept header. The most exact one that matches a type decides about it."""

    type: str
    quality: float

    def match(self, media_type: str) -> int:
        """0 when it does not match, else how exactly."""
        if self.type == media_type:
            return 3
        if self.type.endswith("/*") and media_type.startswith(self.type[:-1]):
            return 2
        return 1 if self.type == "*/*" else 0


def choose_media_type(accept: str | None) -> str | None:
    """The best of our two types; None when the client takes neither, which is answered 406.

    A client that says nothing gets the newer type, as the draft asks; one that takes anything gets what every client
    can read.
    """
    if accept is None or not accept.strip():
        return GRAPHQL_RESPONSE
    ranges = [_read_range(part) for part in accept.split(",") if part.strip()]
    best, highest = None, 0.0
    for media_type in (JSON, GRAPHQL_RESPONSE):
        exactness, quality = _rate(media_type, ranges)
        # of two that are as welcome, the newer one, when it was named
        if quality > highest or (quality == highest > 0 and exactness == 3):
            best, highest = media_type, quality
    return best


def choose_stream(accept: str | None) -> Literal["sse", "multipart-subscription"] | None:
    """How a client wants to be told of what happens, if at all: the first that it names."""
    for part in (accept or "").split(","):
        media_type, *parameters = part.split(";")
        name, is_refused = media_type.strip().lower(), _read_range(part).quality == 0
        if name == EVENT_STREAM and not is_refused:
            return "sse"
        if name == PARTS and not is_refused and any(map(_is_subscription_spec, parameters)):
            return "multipart-subscription"
    return None


def _is_subscription_spec(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip().lower() == "subscriptionspec" and value.strip().strip("\"'").split(".")[0] == "1"


def accepts_html(accept: str | None) -> bool:
    """True for a person who types the address; a wildcard is not enough."""
    return any(each.type == "text/html" and each.quality > 0 for each in map(_read_range, (accept or "").split(",")))


def is_json(content_type: str | None) -> bool:
    """application/json in UTF-8, which is also what it is when it does not say."""
    media_type, *parameters = (content_type or "").split(";")
    if media_type.strip().lower() != JSON:
        return False
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in {"utf-8", "utf8"}:
            return False
    return True


def _rate(media_type: str, ranges: list[_Range]) -> tuple[int, float]:
    exactness, quality = 0, 0.0
    for each in ranges:
        match = each.match(media_type)
        if match > exactness:
            exactness, quality = match, each.quality
    return exactness, quality


def _read_range(text: str) -> _Range:
    """A charset is not compared: we write UTF-8, and a client of JSON reads it."""
    media_type, *parameters = text.split(";")
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            quality = _read_quality(value.strip())
    return _Range(media_type.strip().lower(), quality)


def _read_quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
