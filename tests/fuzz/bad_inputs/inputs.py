"""What the tables beside this are made of: an input with its name, what is answered, and which rows may appear."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

BROWSER = (
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"),
    ("Accept", "text/html,application/xhtml+xml"),
    ("Accept-Language", "en-GB,en;q=0.5"),
)
SERVER = (("User-Agent", "shop/1.0"), ("Accept", "*/*"))

Rows = Mapping[str, int]
NOTHING: Rows = {}
CLICK: Rows = {"clicks": 1}  # an entry of the stream, which is all that the redirector writes


class Ask(NamedTuple):
    """One request of a connection. What stands in angle brackets is replaced by what the site has."""

    method: str
    target: bytes
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def write(self, names: Mapping[bytes, bytes]) -> bytes:
        body = fill(self.body, names)
        headers = list(self.headers)
        given = {name.lower() for name, _ in headers}
        if "host" not in given:
            headers.insert(0, ("Host", "<host>"))
        if "content-length" not in given and (body or self.method in {"POST", "PUT"}):
            headers.append(("Content-Length", str(len(body))))
        if "connection" not in given:
            headers.append(("Connection", "close"))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1")
        head = self.method.encode() + b" " + self.target + b" HTTP/1.1\r\n" + lines + b"\r\n"
        return fill(head, names) + body


class BadInput(NamedTuple):
    """`sent` is one request, or the bytes of a connection. `answer` is in the words of the door's `summarise`.

    `400 or cut` where a connection is ended before all was read, and what was answered may be lost on the way.
    """

    name: str
    sent: Ask | bytes
    answer: str
    rows: Rows = NOTHING
    hangs_up: bool = False  # once all is sent

    def write(self, names: Mapping[bytes, bytes]) -> bytes:
        return self.sent.write(names) if isinstance(self.sent, Ask) else fill(self.sent, names)


def fill(text: bytes, names: Mapping[bytes, bytes]) -> bytes:
    for name, value in names.items():
        text = text.replace(b"<" + name + b">", value)
    return text


def write_json(content: Any) -> bytes:
    """Lone surrogates, NUL and numbers without end as they are written, as no client with manners would send them."""
    return json.dumps(content).encode()
