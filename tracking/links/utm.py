"""The utm parameters of a destination (LS13): written into it, and read back from it. Pure."""

from typing import Final, NamedTuple
from urllib.parse import quote, unquote_plus

from tracking.text import check_text

MAX_VALUE_CHARS: Final = 200


class Utm(NamedTuple):
    """What is None is not there; when written, it is left as it is, and what is empty is taken away."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    content: str | None = None


PARAMETERS: Final = {f"utm_{field}": field for field in Utm._fields}


def check_utm(utm: Utm) -> Utm:
    """Without blanks around values. Raises InvalidInputError."""
    values = utm._asdict().items()
    checked = {
        field: value if value is None else check_text(value, field, max_chars=MAX_VALUE_CHARS, is_optional=True)
        for field, value in values
    }
    return Utm(**checked)


def write_utm(destination: str, utm: Utm) -> str:
    """Into the place where the parameter stands, else after the others and before the fragment.

    Every other parameter keeps its place and spelling.
    """
    address, hash_sign, fragment = destination.partition("#")
    path, _, query = address.partition("?")
    wanted = {name: value for name, field in PARAMETERS.items() if (value := getattr(utm, field)) is not None}
    pairs = []
    for pair in query.split("&") if query else []:
        name = _read_name(pair)
        if name not in PARAMETERS or getattr(utm, PARAMETERS[name]) is None:
            pairs.append(pair)
        elif value := wanted.pop(name, None):
            pairs.append(f"{name}={quote(value, safe='')}")
    pairs += [f"{name}={quote(value, safe='')}" for name, value in wanted.items() if value]
    return f"{path}?{'&'.join(pairs)}{hash_sign}{fragment}" if pairs else f"{path}{hash_sign}{fragment}"


def read_utm(destination: str) -> Utm:
    """Where one stands twice, the first counts, as in most analytics."""
    query = destination.partition("#")[0].partition("?")[2]
    found: dict[str, str] = {}
    for pair in query.split("&"):
        if field := PARAMETERS.get(_read_name(pair)):
            found.setdefault(field, read_utm_value(pair.partition("=")[2]))
    return Utm(**found)


def read_utm_value(text: str) -> str:
    """From what stands in the address; what PostgreSQL cannot hold becomes a replacement character."""
    return unquote_plus(text).replace("\0", "\N{REPLACEMENT CHARACTER}")


def _read_name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])
