"""Client addresses: whom a redirector believes."""

import ipaddress
from typing import Any

import pytest

from redirector.visitor import ClientAddresses

PROXY = "10.0.0.5"
CLIENT = "203.0.113.7"
TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


def make_scope(peer: str | None, *headers: tuple[bytes, bytes], scheme: str = "http") -> dict[str, Any]:
    return {"client": (peer, 1) if peer else None, "headers": list(headers), "scheme": scheme}


def find(peer: str | None, *forwarded: bytes, trusted: Any = TRUSTED) -> str:
    scope = make_scope(peer, *((b"x-forwarded-for", value) for value in forwarded))
    return ClientAddresses(trusted).find(scope, dict(scope["headers"]))


class TestAddress:
    @pytest.mark.parametrize("forwarded", [b"198.51.100.1", b"127.0.0.1, 10.0.0.1"])
    def test_nobody_is_believed_without_trusted_proxies(self, forwarded: bytes) -> None:
        assert find(PROXY, forwarded, trusted=()) == PROXY

    def test_a_stranger_is_not_believed(self) -> None:
        assert find("198.51.100.1", b"203.0.113.7") == "198.51.100.1"

    @pytest.mark.parametrize(
        ("forwarded", "client"),
        [
            ([b"203.0.113.7"], CLIENT),
            ([b"1.2.3.4, 203.0.113.7"], CLIENT),  # the first one is what the client wrote
            ([b"203.0.113.7, 10.1.1.1, 10.2.2.2"], CLIENT),
            ([b"1.2.3.4", b"203.0.113.7"], CLIENT),
            ([b"203.0.113.7", b"10.1.1.1"], CLIENT),
            ([b" 203.0.113.7 ,10.1.1.1"], CLIENT),
            ([b"203.0.113.7:51234"], CLIENT),
            ([b"[2001:db8::1]:51234"], "2001:db8::1"),
            ([b"2001:DB8:0:0::1"], "2001:db8::1"),
            ([b"::ffff:203.0.113.7"], CLIENT),
            ([b"10.1.1.1"], "10.1.1.1"),
        ],
    )
    def test_a_trusted_proxy_names_the_nearest_stranger(self, forwarded: list[bytes], client: str) -> None:
        assert find(PROXY, *forwarded) == client

    @pytest.mark.parametrize("text", [b"'; drop table click", b"unknown", b"", b"fe80::1%'; drop", b"1.2.3", b"\xff"])
    def test_text_that_is_no_address_is_never_one(self, text: bytes) -> None:
        assert find(PROXY, text) == PROXY
        assert find(PROXY, b"203.0.113.7, " + text) == PROXY
        assert find(PROXY, text + b", 10.1.1.1") == "10.1.1.1"

    def test_only_the_nearest_hops_are_read(self) -> None:
        assert find(PROXY, b"203.0.113.7" + b", 10.1.1.1" * 20) == "10.1.1.1"
        assert find(PROXY, b"203.0.113.7" + b", 10.1.1.1" * 19) == CLIENT

    def test_a_peer_without_address_is_unknown(self) -> None:
        assert find(None, b"203.0.113.7") == ""


class TestScheme:
    @pytest.mark.parametrize(
        ("peer", "said", "scheme"),
        [
            (PROXY, b"https", "https"),
            (PROXY, b"HTTPS", "https"),
            (PROXY, b"http, https", "https"),
            (PROXY, b"https, http", "http"),
            (PROXY, b"gopher", "http"),
            ("198.51.100.1", b"https", "http"),
        ],
    )
    def test_only_a_trusted_proxy_says_how_the_client_came(self, peer: str, said: bytes, scheme: str) -> None:
        scope = make_scope(peer, (b"x-forwarded-proto", said))
        assert ClientAddresses(TRUSTED).find_scheme(scope, dict(scope["headers"])) == scheme

    def test_our_own_listener_knows(self) -> None:
        assert ClientAddresses(()).find_scheme(make_scope(CLIENT, scheme="https"), {}) == "https"
