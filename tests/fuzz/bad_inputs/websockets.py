"""Connections to the graph that speak WebSocket badly: frames, messages and handshakes that no client sends."""

import json
from typing import Any, Final

from tests.fuzz.bad_inputs.inputs import BadInput

CONTINUED, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK: Final = bytes(4)  # what is masked with zeros is masked all the same
UPGRADE: Final = {
    "Host": "api",
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "graphql-transport-ws",
}


def shake(**changed: str | None) -> bytes:
    """The handshake; None leaves a header out. Underscores stand for hyphens."""
    headers = UPGRADE | {name.replace("_", "-"): value for name, value in changed.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    return f"GET /graphql HTTP/1.1\r\n{lines}\r\n".encode("latin-1")


def frame(
    opcode: int, content: bytes = b"", *, first: int = 0x80, mask: bytes = MASK, size: bytes | None = None
) -> bytes:
    """`first` are the bits beside the opcode, `size` what the frame says of its length in place of the truth."""
    if size is None:
        size = _write_size(len(content))
    marked = bytes([size[0] | 0x80]) + size[1:] if mask else size
    return bytes([first | opcode]) + marked + mask + content


def _write_size(length: int) -> bytes:
    if length < 126:
        return bytes([length])
    return b"\x7e" + length.to_bytes(2) if length < 2**16 else b"\x7f" + length.to_bytes(8)


def text(content: Any) -> bytes:
    return frame(TEXT, json.dumps(content).encode())


def subscribe(query: str, operation: Any = "1", **payload: Any) -> bytes:
    return text({"type": "subscribe", "id": operation, "payload": {"query": query, **payload}})


LEAVE: Final = frame(CLOSE, (1000).to_bytes(2))
NAME: Final = "{ viewer { account { name } } }"


def speak(*frames: bytes) -> bytes:
    """Connect, say who one is in the handshake, and send these frames."""
    return shake(Authorization="Bearer <key>") + text({"type": "connection_init"}) + b"".join(frames)


def burst(*frames: bytes) -> bytes:
    """The same without a word of who one is."""
    return shake() + b"".join(frames)


HANDSHAKES: Final = [
    BadInput("no subprotocol", shake(Sec_WebSocket_Protocol=None) + LEAVE, "101 4406"),
    BadInput("a subprotocol of nobody", shake(Sec_WebSocket_Protocol="evil") + LEAVE, "101 4406"),
    BadInput("the subprotocol of old", shake(Sec_WebSocket_Protocol="graphql-ws") + LEAVE, "101 4406"),
    BadInput(
        "a hundred subprotocols", shake(Sec_WebSocket_Protocol=", ".join("abc" for _ in range(100))) + LEAVE, "101 4406"
    ),
    BadInput("a subprotocol of quotes", shake(Sec_WebSocket_Protocol='"","') + LEAVE, "400"),
    BadInput("no key", shake(Sec_WebSocket_Key=None), "400"),
    BadInput("a key that is too short", shake(Sec_WebSocket_Key="YQ=="), "400"),
    BadInput("a key that is no base64", shake(Sec_WebSocket_Key="!" * 24), "400"),
    BadInput("no version", shake(Sec_WebSocket_Version=None), "400"),
    BadInput("another version", shake(Sec_WebSocket_Version="99"), "400"),
    BadInput("a version of letters", shake(Sec_WebSocket_Version="evil"), "400"),
    BadInput("extensions of nobody", shake(Sec_WebSocket_Extensions="evil; a=1") + LEAVE, "101 1000"),
    BadInput(
        "a window of no size",
        shake(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits=99") + LEAVE,
        "101 1000",
    ),
    BadInput("extensions of quotes", shake(Sec_WebSocket_Extensions='"') + LEAVE, "400"),
    BadInput("an upgrade to something else", shake(Upgrade="h2c", Connection="Upgrade, close"), "400"),
    BadInput("a page of another origin", shake(Origin="https://evil.example"), "403"),
    BadInput("a page of no origin", shake(Origin="null"), "403"),
    BadInput("another path", shake().replace(b"/graphql", b"/evil"), "403"),
    BadInput("POST", shake(Content_Length="0").replace(b"GET", b"POST"), "405"),
    BadInput("a handshake of 8 MiB", b"GET /graphql HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 2**23, "400 or cut"),
    BadInput("half a handshake", b"GET /graphql HTTP/1.1\r\nUpgrade: web", "400"),
]
FRAMES: Final = [
    BadInput("frames that are not masked", burst(frame(TEXT, b"{}", mask=b"")), "101 1002"),
    BadInput("a frame of bits that mean nothing", burst(frame(TEXT, b"{}", first=0xF0)), "101 1002"),
    BadInput("an opcode that is none", burst(frame(3, b"x")), "101 1002"),
    BadInput("a control frame that is none", burst(frame(15)), "101 1002"),
    BadInput("a ping in parts", burst(frame(PING, first=0)), "101 1002"),
    BadInput("a ping of 126 bytes", burst(frame(PING, b"p" * 126)), "101 1002"),
    BadInput("a ping of 125 bytes", burst(frame(PING, b"p" * 125)), "101 pong"),
    BadInput("pongs that nobody asked for", burst(*[frame(PONG, b"p")] * 200, LEAVE), "101 1000"),
    BadInput("a part without a beginning", burst(frame(CONTINUED, b"x")), "101 1002"),
    BadInput("a beginning within parts", burst(frame(TEXT, b"{", first=0), frame(TEXT, b"}")), "101 1002"),
    BadInput(
        "five thousand empty parts", burst(frame(TEXT, b"{", first=0), *[frame(CONTINUED, first=0)] * 5_000), "101"
    ),
    BadInput("a message in single letters", burst(frame(TEXT, b"[", first=0), frame(CONTINUED, b"]")), "101 4400"),
    BadInput("a length below none", burst(frame(TEXT, b"x", size=b"\x7f" + b"\xff" * 8)), "101 1002 or 101 1009"),
    BadInput("a length of 1 GiB", burst(frame(TEXT, b"x", size=b"\x7f" + (2**30).to_bytes(8))), "101 1009"),
    BadInput(
        "a length in more bytes than it needs", burst(frame(TEXT, b"{}", size=b"\x7e\x00\x02")), "101 4400 or 101 1002"
    ),
    BadInput("a message of 65,537 bytes", burst(frame(TEXT, b'"' + b"a" * 65_535 + b'"')), "101 1009"),
    BadInput(
        "a message of 65,537 bytes in parts",
        burst(frame(TEXT, b"a" * 40_000, first=0), frame(CONTINUED, b"a" * 40_000)),
        "101 1009",
    ),
    BadInput("a message of 60,000 bytes", burst(frame(TEXT, b'"' + b"a" * 59_998 + b'"')), "101 4400"),
    BadInput("bytes in place of text", burst(frame(BINARY, b"\x00\x01")), "101 4400"),
    BadInput("text that is no UTF-8", burst(frame(TEXT, b"\xff\xfe")), "101 1007"),
    BadInput("text with half a letter", burst(frame(TEXT, b"\xe2\x82")), "101 1007"),
    BadInput("text with a lone surrogate", burst(frame(TEXT, b'"\xed\xa0\x80"')), "101 1007"),
    BadInput("a close of one byte", shake() + frame(CLOSE, b"x"), "101 1002"),
    BadInput("a close with a code of nobody", shake() + frame(CLOSE, (999).to_bytes(2)), "101 1002"),
    BadInput("a close with a code that is never sent", shake() + frame(CLOSE, (1006).to_bytes(2)), "101 1002"),
    BadInput("a close that is no UTF-8", shake() + frame(CLOSE, (1000).to_bytes(2) + b"\xff"), "101 1007"),
    BadInput("a close without a code", shake() + frame(CLOSE), "101 closed"),
    BadInput("frames after the close", shake() + LEAVE + text({"type": "connection_init"}) * 50, "101 1000"),
    BadInput("what looks compressed", burst(frame(TEXT, b"\x00\xff", first=0xC0)), "101 1002"),
    BadInput("half a frame, then nothing", shake() + b"\x81\xff\x00", "101", hangs_up=True),
    BadInput("HTTP after the handshake", shake() + b"GET / HTTP/1.1\r\n\r\n", "101 1002"),
    BadInput("a thousand pings", burst(*[frame(PING)] * 1_000), " ".join(["101", *["pong"] * 1_000])),
]
MESSAGES: Final = [
    *(
        BadInput(f"a message that is {name}", burst(frame(TEXT, content)), "101 4400")
        for name, content in {
            "empty": b"",
            "no JSON": b"{",
            "a list": b"[]",
            "a number": b"1",
            "null": b"null",
            "without a type": b"{}",
            "of a type that is a number": b'{"type": 5}',
            "of a type that is a list": b'{"type": []}',
            "of no type that there is": b'{"type": "evil"}',
            "of the protocol of old": b'{"type": "start", "id": "1"}',
            "lists in lists": b"[" * 20_000,
            "objects in objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
            "a number of 50,000 digits": b"9" * 50_000,
            "commas": b"," * 60_000,
            "a NUL": b'"\x00"',
        }.items()
    ),
    BadInput("an init of a number", burst(text({"type": "connection_init", "payload": 1})), "101 4400"),
    BadInput("an init of a list", burst(text({"type": "connection_init", "payload": []})), "101 4400"),
    BadInput("an init of no key", burst(text({"type": "connection_init"})), "101 4403"),
    BadInput(
        "an init of a key that is a number",
        burst(text({"type": "connection_init", "payload": {"Authorization": 1}})),
        "101 4403",
    ),
    BadInput(
        "an init of a key of NULs",
        burst(text({"type": "connection_init", "payload": {"Authorization": "Bearer \0"}})),
        "101 4403",
    ),
    BadInput(
        "an init of a lone surrogate",
        burst(text({"type": "connection_init", "payload": {"Authorization": "Bearer \ud800"}})),
        "101 4403",
    ),
    BadInput("an operation before the init", burst(subscribe(NAME)), "101 4401"),
    BadInput("a complete before the init", burst(text({"type": "complete", "id": "1"}), LEAVE), "101 1000"),
    BadInput("two inits", speak(text({"type": "connection_init"})), "101 connection_ack 4429"),
    BadInput("a subscribe without a payload", speak(text({"type": "subscribe", "id": "1"})), "101 connection_ack 4400"),
    BadInput(
        "a subscribe without an id",
        speak(text({"type": "subscribe", "payload": {"query": NAME}})),
        "101 connection_ack 4400",
    ),
    BadInput("an id that is a list", speak(subscribe(NAME, [])), "101 connection_ack 4400"),
    BadInput("an id of 60,000 letters", speak(subscribe("{ evil }", "i" * 60_000)), "101 connection_ack error"),
    BadInput("an id of nothing", speak(subscribe("{ evil }", "")), "101 connection_ack error"),
    BadInput("an id of a lone surrogate", speak(subscribe("{ evil }", "\ud800")), "101 connection_ack error"),
    BadInput("a query that is a number", speak(subscribe(5)), "101 connection_ack 4400"),  # type: ignore[arg-type]  # what is tried
    BadInput("a query of nothing", speak(subscribe("")), "101 connection_ack error"),
    BadInput("a query without an end", speak(subscribe("{" * 3_000)), "101 connection_ack error"),
    BadInput("a query of two thousand floors", speak(subscribe("{a" * 1_990)), "101 connection_ack error"),
    BadInput("variables that are a list", speak(subscribe(NAME, variables=[])), "101 connection_ack 4400"),
    BadInput("an operation that is not there", speak(subscribe(NAME, operationName="Evil")), "101 connection_ack 4400"),
    BadInput("a subscription to nothing", speak(subscribe("subscription { evil }")), "101 connection_ack error"),
    BadInput(
        "two fields in a subscription",
        speak(subscribe("subscription { clicks { __typename } a: clicks { __typename } }")),
        "101 connection_ack error",
    ),
    BadInput("a complete of nothing that runs", speak(text({"type": "complete", "id": "9"})), "101 connection_ack"),
    BadInput("a complete of an object", speak(text({"type": "complete", "id": {}})), "101 connection_ack 4400"),
    BadInput(
        "a next, which servers say", speak(text({"type": "next", "id": "1", "payload": {}})), "101 connection_ack 4400"
    ),
]
WEBSOCKETS: Final = [*HANDSHAKES, *FRAMES, *MESSAGES]
