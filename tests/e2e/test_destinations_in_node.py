"""A destination leads to the same host whoever reads it: we, Python's parser, and what browsers and Node do."""

import itertools
import json
import subprocess
from urllib.parse import urlsplit

import pytest

from tests.e2e.node_packages import find_node
from tracking.errors import InvalidInputError
from tracking.links.rules import normalise_destination

READ = """
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const read = (text) => { try { return new URL(text).hostname; } catch { return null; } };
console.log(JSON.stringify(texts.map(read)));
"""
STARTS = ("https://", "http://", "https:", "https:///", "https:\\\\", "https:/\\", "HTTPS://", "\thttps://")
HOSTS = (
    *("good.example", "good.example.", "GOOD.example", "g\u00f6od.example", "xn--god-rla.example", "\uff47ood.example"),
    *(
        "good.example\\@evil.example",
        "good.example@evil.example",
        "good.example#@evil.example",
        "good.example?@evil.example",
    ),
    *(
        "good.example:443",
        "good.example:80@evil.example",
        "evil.example%2f@good.example",
        "good%2eexample",
        "good.example%00",
    ),
    *(
        "0x7f.1",
        "2130706433",
        "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
        "[::ffff:7f00:1]",
        "[::1",
        "g ood.example",
        "\u0430pple.example",
    ),
)
ENDS = ("", "/", "/?u=https://evil.example/", "/\\evil.example", "/%0d%0aLocation:x", "//evil.example")
RAW = ["".join(parts) for parts in itertools.product(STARTS, HOSTS, ENDS)]


def store(raw: str) -> str | None:
    try:
        return normalise_destination(raw, is_tracking_host=lambda _: False)
    except InvalidInputError:
        return None


def read_in_node(texts: list[str]) -> list[str | None]:
    done = subprocess.run(
        [find_node(), "-e", READ], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    hosts: list[str | None] = json.loads(done.stdout)
    return hosts


def read_here(text: str) -> str | None:
    host = urlsplit(text).hostname
    return f"[{host}]" if host and ":" in host else host


def test_what_is_stored_leads_to_one_host_whoever_reads_it() -> None:
    stored = sorted({each for raw in RAW if (each := store(raw)) is not None})

    assert len(RAW) > 1_000
    assert len(stored) > 75
    assert read_in_node(stored) == [read_here(text) for text in stored]


@pytest.mark.parametrize("raw", ["https:evil.example", "https:///evil.example", "https://good.example\\@evil.example"])
def test_what_they_read_differently_is_not_stored(raw: str) -> None:
    assert read_in_node([raw]) != [read_here(raw)]
    assert store(raw) is None


def test_letters_that_look_like_others_are_shown_for_what_they_are() -> None:
    assert store("https://\u0430pple.example/") == "https://xn--pple-43d.example/"
