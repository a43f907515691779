"""What a link may look like: slugs, hosts, destinations and what is added to them. Pure; used by every door."""

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_plus

from ada_url import URL, HostType, idna_to_ascii

from tracking.errors import InvalidInputError

SLUG_ALPHABET: Final = "abcdefghkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ23456789"
RANDOM_SLUG_CHARS: Final = 7
MAX_SLUG_CHARS: Final = 100
FIRST_RANDOM_NUMBER: Final = 21
RANDOM_NUMBER_TRIES: Final = 20
MAX_DESTINATION_CHARS: Final = 2_048
CLICK_ID_PARAMETER: Final = "ct"
PLACEMENT_SEPARATOR: Final = "~"
TEMPLATE_FIELDS: Final = ("creator", "campaign")

# fmt: off
RESERVED_SLUGS: Final = frozenset({
    "admin", "api", "assets", "c", "click", "clicks", "conv", "conversion", "conversions", "favicon", "go",
    "graphiql", "graphql", "healthz", "help", "i", "imp", "js", "login", "logout", "metrics", "o", "opt-out", "optout",
    "p", "pixel", "postback", "privacy", "q", "qr", "readyz", "robots", "s", "seen", "sitemap", "snippet", "static",
    "status", "t", "terms", "unsubscribe", "vendor", "well-known",
})
# fmt: on

_LETTERS: Final = bytes(ord(SLUG_ALPHABET[byte % len(SLUG_ALPHABET)]) for byte in range(256))
_WITHOUT_LETTER: Final = bytes(range(256 - 256 % len(SLUG_ALPHABET), 256))
_SLUG = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?", re.ASCII)
_PLACEMENT = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_PARAMETER_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_TEMPLATE = re.compile(r"(?:[A-Za-z0-9_-]|\{(?:creator|campaign)\})+", re.ASCII)
_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_BRACKETED_IPV6 = re.compile(r"\[[0-9a-f:.]{2,45}\]")
_PORT = re.compile(r":[0-9]{0,5}\Z")
_WEB_ORIGIN = re.compile(r"https?://(?P<authority>[^/?#]+)", re.IGNORECASE)
_SENDABLE = re.compile(r"[\x21-\x7e]+")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"})


def make_slug() -> str:
    """A random slug, one of 53^7, about 10^12: guessing finds nothing, and a collision is rare enough to try again."""
    return make_slugs(1)[0]


def make_slugs(count: int) -> list[str]:
    """Many at once, as a message has thousands. Each letter stands for as many bytes; those left over are not used."""
    letters = ""
    while len(letters) < count * RANDOM_SLUG_CHARS:
        drawn = secrets.token_bytes(count * RANDOM_SLUG_CHARS * 4 // 3 + 16)
        letters += drawn.translate(_LETTERS, _WITHOUT_LETTER).decode()
    return [letters[place * RANDOM_SLUG_CHARS : (place + 1) * RANDOM_SLUG_CHARS] for place in range(count)]


def is_slug(text: str) -> bool:
    return _SLUG.fullmatch(text) is not None


def check_readable_slug(slug: str) -> str:
    """A slug that somebody chose, in the lower case it is stored in. Raises InvalidInputError."""
    lower = slug.lower()
    if not is_slug(lower):
        raise InvalidInputError(
            f"a slug has 1 to {MAX_SLUG_CHARS} letters, digits, '-' or '_', and starts and ends with a letter or digit"
        )
    if lower in RESERVED_SLUGS:
        raise InvalidInputError(f"{lower!r} is reserved for the service itself")
    return lower


def check_slug_template(template: str) -> str:
    """A template such as `{campaign}-{creator}`. Raises InvalidInputError when it could not tell creators apart."""
    if len(template) > MAX_SLUG_CHARS or not _TEMPLATE.fullmatch(template):
        raise InvalidInputError("a slug template holds letters, digits, '-', '_', {creator} and {campaign} only")
    if "{creator}" not in template:
        raise InvalidInputError("a slug template needs {creator}, as every creator gets a link of their own")
    return template


def fill_slug_template(template: str, names: Mapping[str, str]) -> str | None:
    """The readable slug of a creator (CU10), or None when no name in it can be written in a-z: take a random one."""
    parts = {field: _to_readable(names.get(field, "")) for field in TEMPLATE_FIELDS}
    if not all(parts[field] for field in TEMPLATE_FIELDS if f"{{{field}}}" in template):
        return None
    slug = template.lower().format(**parts)[: MAX_SLUG_CHARS - 8].strip("-_")
    return number_slug(slug, 2) if slug in RESERVED_SLUGS else slug


def number_slug(slug: str, number: int) -> str:
    """The same readable slug for the next one who wants it: `anna`, `anna-2`, `anna-3`."""
    return f"{slug}-{number}"


class ProposedSlug(NamedTuple):
    slug: str
    is_readable: bool


def propose_slugs(readable: str | None) -> Iterator[ProposedSlug]:
    """Slugs to try, without end, until one is free: the readable one, numbered ones of it, random ones (CU10)."""
    if readable is not None:
        yield ProposedSlug(readable, is_readable=True)
        for number in range(2, FIRST_RANDOM_NUMBER):
            yield ProposedSlug(number_slug(readable, number), is_readable=True)
        for _ in range(RANDOM_NUMBER_TRIES):
            yield ProposedSlug(number_slug(readable, secrets.randbelow(900_000) + 100_000), is_readable=True)
    while True:
        yield ProposedSlug(make_slug(), is_readable=False)


def split_placement(segment: str) -> tuple[str, str]:
    """`<slug>~<placement>` apart. A placement of another shape is dropped: the link still works."""
    slug, _, placement = segment.partition(PLACEMENT_SEPARATOR)
    return slug, placement if _PLACEMENT.fullmatch(placement) else ""


def normalise_host(raw: str) -> str | None:
    """A host as it is stored and looked up: no port, lower case, punycode, no trailing dot. None when it is no host."""
    host = _PORT.sub("", raw).lower()
    if not host.isascii():
        try:
            host = idna_to_ascii(host).decode()
        except UnicodeEncodeError:  # a lone surrogate
            return None
    host = host.removesuffix(".")
    return host if _HOST.fullmatch(host) or _BRACKETED_IPV6.fullmatch(host) else None


def check_parameter_name(name: str) -> str:
    """The name of the creator parameter. Raises InvalidInputError."""
    if not _PARAMETER_NAME.fullmatch(name) or name == CLICK_ID_PARAMETER:
        raise InvalidInputError(
            f"a parameter name has 1 to 64 letters, digits, '_', '.' or '-', and is not {CLICK_ID_PARAMETER!r}"
        )
    return name


def normalise_destination(raw: str, *, is_tracking_host: Callable[[str], bool]) -> str:
    """The destination as it is stored and sent: a web address in ASCII whose host reads the same in every browser.

    What browsers would silently repair is refused, as repairs differ. Raises InvalidInputError.
    """
    if not 0 < len(raw) <= MAX_DESTINATION_CHARS:
        raise InvalidInputError(f"a destination has 1 to {MAX_DESTINATION_CHARS} characters")
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in raw) or "\\" in raw:
        raise InvalidInputError("a destination holds no blank, control character or backslash")
    origin = _WEB_ORIGIN.match(raw)
    if not origin:
        raise InvalidInputError("a destination starts with http:// or https:// and a host")
    if "@" in origin["authority"]:
        raise InvalidInputError("a destination holds no user name or password")
    try:
        url = URL(raw)
    except ValueError:
        raise InvalidInputError("this destination is not a web address") from None
    if not _is_web_host(url) or not _SENDABLE.fullmatch(url.href) or len(url.href) > MAX_DESTINATION_CHARS:
        raise InvalidInputError("this destination is not a web address, or too long once it is encoded")
    if is_tracking_host(url.hostname.removesuffix(".")):
        raise InvalidInputError("a destination on a tracking domain would lead back here")
    return str(url.href)


class PreparedDestination(NamedTuple):
    """A destination cut into what it has of its own and what is added, so that a redirect only concatenates.

    `head`, `ending`, click id, `tail`. The ending is the creator's parameter and the name of the click id's.
    """

    head: bytes
    ending: bytes
    tail: bytes


def prepare_destination(destination: str, parameter: str, value: str | None) -> PreparedDestination:
    """Add the creator's parameter (LO4, none without a value) and a place for the click id, before the fragment.

    Other parameters keep their order and spelling. Ours replace those of the same name: an address that was copied
    from a browser after a redirect carries the parameters of somebody else's click.
    """
    address, hash_sign, fragment = quote(destination, safe=_PRINTABLE).partition("#")
    path, _, query = address.partition("?")
    replaced = {parameter, CLICK_ID_PARAMETER} if value is not None else {CLICK_ID_PARAMETER}
    own_pairs = query.removesuffix("&").split("&") if query else []
    pairs = [pair for pair in own_pairs if unquote_plus(pair.partition("=")[0]) not in replaced]
    head = f"{path}?{'&'.join(pairs)}" if pairs else path
    added = [] if value is None else [f"{parameter}={quote(value, safe='')}"]
    ending = ("&" if pairs else "?") + "&".join([*added, f"{CLICK_ID_PARAMETER}="])
    return PreparedDestination(head.encode(), ending.encode(), f"{hash_sign}{fragment}".encode())


def _to_readable(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")


def _is_web_host(url: URL) -> bool:
    if url.host_type is HostType.DEFAULT:
        return _HOST.fullmatch(url.hostname.removesuffix(".")) is not None
    return bool(url.hostname)
