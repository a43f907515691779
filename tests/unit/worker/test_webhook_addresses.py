"""Whatever passes as the address of a webhook is called as it is stored, by everybody who reads it."""

import ipaddress
import re
from urllib.parse import urlsplit

import pytest
from ada_url import URL
from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.errors import InvalidInputError
from tracking.links.public_addresses import is_public
from tracking.webhooks.rules import normalise_url
from worker.public_network import read_url

pytestmark = pytest.mark.feature("R13")
PIECES = (
    "https:// http:// HTTPS:// https:/ https:\\ // / ? # @ : 443 80 8443 %40 %2f %00 % \\ [ ] [::1] [::ffff:127.0.0.1]"
    " 127.1 0x7f.1 2130706433 ①②⑦.0.0.1 \uff11\uff12\uff17.0.0.1 example.com xn-- münchen.de ß.com \uff0e \u3002"
    " a.b .. . \t \n \u00ad localhost LOCALHOST. 0 - _ ~ ^ | ` { } < > \" ' ; & = \u2028 \ufeff é \x7f"
    " 169.254.169.254 1.2.3.4. [1.2.3.4] [fe80::1%25eth0]"
)
SOME = st.sampled_from(PIECES.split(" "))
RAW = st.one_of(
    st.lists(SOME, max_size=10).map("".join),
    st.lists(SOME, max_size=8).map(lambda pieces: "https://" + "".join(pieces)),
    st.lists(SOME, max_size=5).map(lambda pieces: "https://shop.example" + "".join(pieces)),
    st.text(max_size=40).map(lambda text: "https://" + text),
)


def normalise(raw: str, *, allows_private: bool) -> str:
    return normalise_url(raw, is_tracking_host=lambda _: False, allows_private=allows_private)


@settings(max_examples=1_500, deadline=None)
@given(RAW, st.booleans())
def test_all_readers_agree_on_what_is_stored(raw: str, allows_private: bool) -> None:
    try:
        stored = normalise(raw, allows_private=allows_private)
    except InvalidInputError:
        return
    of_python, called, parsed = urlsplit(stored), read_url(stored), URL(stored)
    host = parsed.hostname.strip("[]")
    assert re.fullmatch(r"[\x21-\x7e]+", stored)
    assert of_python.hostname == called.host.decode() == host
    assert called.target.decode() == parsed.pathname + parsed.search
    assert (of_python.username, parsed.username, parsed.password, of_python.fragment) == (None, "", "", "")
    assert normalise(stored, allows_private=allows_private) == stored
    if not allows_private:
        check_public(parsed, host)


def check_public(parsed: URL, host: str) -> None:
    assert parsed.protocol == "https:"
    assert parsed.port in {"", "80", "443"}
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        assert "." in host
    else:
        assert is_public(address)
