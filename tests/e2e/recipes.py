"""The recipes of docs/conversions.md as a shop follows them, and what the graph says of its orders afterwards."""

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from creatrail.embedded.folders import PROJECT
from creatrail.embedded.server_process import tie_to_parent
from tests.e2e.brand import Brand, Link
from tests.waiting import DEADLINE_S, POLL_S, eventually
from tracking.settings import read_environment

_pause = threading.Event()  # never set

PAGE: Final = (PROJECT / "docs" / "conversions.md").read_text()
ORIGIN: Final = "https://go.brand.example"
KEY: Final = "ct_pub_…"
CREATE_SNIPPET_KEY: Final = """
    mutation { createSnippetKey(input: {}) { ... on CreateSnippetKeySuccess { snippetKey { key } } } }
"""
CREATE_SIGNING_KEY: Final = """
    mutation { createSigningKey(input: {}) { ... on CreateSigningKeySuccess { secret } } }
"""
CONVERSIONS: Final = """
    {
      conversions(first: 10) {
        nodes {
          event txnId refundId status reason method trust source value { amount currency } link { id }
          click { id } reports { source } receipt { candidates { finding } }
        }
      }
    }
"""


def read_code(title: str, language: str) -> list[str]:
    """The blocks of code of one recipe."""
    [section] = [text for text in re.split(r"\n#{2,3} ", PAGE) if text.startswith(f"{title}\n")]
    return re.findall(rf"```{language}\n(.*?)\n```", section, re.DOTALL)


def find_tracker(brand: Brand) -> str:
    """Where the brand's tracking domain answers."""
    return f"http://{brand.host}:{brand.system.programs['redirector'].port}"


async def create_snippet_key(brand: Brand) -> str:
    return str((await brand.ask(CREATE_SNIPPET_KEY))["snippetKey"]["key"])


async def create_signing_key(brand: Brand) -> str:
    return str((await brand.ask(CREATE_SIGNING_KEY))["secret"])


async def fill_in(brand: Brand, codes: Sequence[str]) -> list[str]:
    """As the brand pastes it, with its own domain and a new publishable key."""
    key = await create_snippet_key(brand)
    return [code.replace(ORIGIN, find_tracker(brand)).replace(KEY, key) for code in codes]


async def click(brand: Brand, link: Link) -> str:
    """What the destination gets of a person's click."""
    answer = await brand.follow(link.slug)
    return parse_qs(urlsplit(answer.headers["Location"]).query)["ct"][0]


async def await_conversions(brand: Brand, *expected: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Once there are just these: event, status, method, trust, amount, and whether a click earned it."""

    async def read() -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = (await brand.ask(CONVERSIONS))["nodes"]
        return nodes

    return await eventually(read, lambda found: sorted(map(describe, found)) == sorted(expected))


def describe(node: dict[str, Any]) -> tuple[Any, ...]:
    value = node["value"]["amount"] if node["value"] else ""
    return node["event"], node["status"], node["method"], node["trust"], value, node["click"] is not None


@contextmanager
def running(command: Sequence[str], port: int, **environment: str) -> Iterator[None]:
    """A program of the shop's that serves at this port, until the end."""
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**read_environment(), **environment},
        preexec_fn=tie_to_parent(signal.SIGKILL),  # noqa: PLW1509 -- one prctl call
    )
    try:
        give_up_at = time.monotonic() + DEADLINE_S
        while not is_listening(port):
            assert process.poll() is None, f"{command} has ended"
            assert time.monotonic() < give_up_at, f"{command} does not listen"
            _pause.wait(POLL_S)
        yield
    finally:
        process.terminate()
        process.wait()


@contextmanager
def running_example(brand: Brand, module: str, port: int, **environment: str) -> Iterator[None]:
    """With a signing key of the brand in `SIGNING_KEY`. Names under localhost lead to the redirector, by its port."""
    tracker = find_tracker(brand)
    proxy = f"http://127.0.0.1:{urlsplit(tracker).port}"
    given = {"CREATRAIL_URL": f"{tracker}/conv", "PORT": str(port), "http_proxy": proxy, **environment}
    with running([sys.executable, "-m", module], port, **given):
        yield


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
