"""Where events are never sent (the SSRF table): through the sender itself, as a worker uses it."""

from typing import Any

import pytest

from tests.event_schemas import write_small_event
from tests.integration.worker.webhooks.scene import TIMEOUT_S, Scene
from tests.receiving import Mode, open_receiver
from tracking.webhooks.deliveries import Due, Origin, Problem
from worker.webhooks.sender import Answer, Sender, Target

pytestmark = pytest.mark.feature("R13")
REFUSED = Answer(problem=Problem.REFUSED_ADDRESS)


async def send(url: str, *, allows_private: bool = False) -> Answer:
    sender = Sender(timeout_s=TIMEOUT_S, allows_private=allows_private)
    caller = sender.open_caller(1)
    try:
        return await sender.send(caller, Target(url, (b"s" * 32,)), make_due())
    finally:
        await caller.aclose()


def make_due() -> Due:
    due: Any = [None, 1, Origin.LOG, "evt_1", False, write_small_event("evt_1"), None, 0, None, False, 1]
    return Due(*due)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "0",
        "0.0.0.0",  # noqa: S104 -- refused here
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[fc00::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
    ],
)
async def test_what_is_not_public_is_refused_in_every_spelling(host: str) -> None:
    assert await send(f"https://{host}/hooks") == REFUSED


@pytest.mark.parametrize("url", ["http://{}/hooks", "https://{}:8443/hooks", "https://{}:22/hooks"])
async def test_nothing_is_sent_unencrypted_or_to_other_ports(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    names = answer_names(monkeypatch, ["93.184.215.14"])
    assert await send(url.format("hooks.example")) == REFUSED
    assert names == []


async def test_where_private_addresses_are_allowed_they_are_called() -> None:
    async with open_receiver() as receiver:
        answer = await send(receiver.write_url(), allows_private=True)
    assert answer == Answer(200, text="thanks")


async def test_the_path_is_called_as_it_was_given() -> None:
    path = "/hooks;v=1/%3B;w=2;/?token=a;b&c=%26"
    async with open_receiver() as receiver:
        await send(receiver.write_url(path), allows_private=True)
    assert [each.path for each in receiver.received] == [path]


async def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_names(monkeypatch, ["93.184.215.14", "10.0.0.1"])
    assert await send("https://hooks.example/hooks") == REFUSED


async def test_a_name_that_leads_nowhere() -> None:
    assert await send("https://nobody.invalid/hooks") == Answer(problem=Problem.DNS)


async def test_what_is_not_tls_gets_nothing() -> None:
    async with open_receiver() as receiver:
        url = receiver.write_url(host="localhost").replace("http:", "https:")
        assert (await send(url, allows_private=True)).problem in {Problem.TLS, Problem.TIMEOUT}
    assert receiver.received == []


async def test_a_name_that_changes_its_mind_leads_to_what_was_checked(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebinding: the second answer leads inside. Each connection goes to an address that was checked for it."""
    endpoint_id, receiver = await scene.open_receiver()
    # the receiver has to pass for public and for one with https, as nobody else answers in a test
    monkeypatch.setattr("worker.public_network.is_public", lambda address: str(address) == "127.0.0.1")
    monkeypatch.setattr("worker.webhooks.sender._is_allowed", lambda _: True)
    await scene.pool.execute("UPDATE webhook_endpoint SET url = $1", receiver.write_url(host="hooks.example"))
    names = answer_names(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    receiver.next_modes.append(Mode.HANGS_UP)
    [delivery_id] = await scene.queue(endpoint_id)
    dispatcher = scene.make_dispatcher(webhook_allow_private=False)
    inner = await scene.running.enter_async_context(open_receiver(host="127.0.0.2", port=receiver.port))
    for _ in range(2):
        await scene.deliver(dispatcher)
        await scene.make_due()
    assert await scene.read_attempts(delivery_id) == [(1, None, "NO_HTTP"), (2, None, "REFUSED_ADDRESS")]
    assert names == ["hooks.example", "hooks.example"]
    assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"
    assert inner.connections == 0


def answer_names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names lead to the next of these, and to the last one from then on. Returns the names that are asked for."""
    asked: list[str] = []

    def look_up(host: str, _: int) -> list[str]:
        addresses = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return addresses

    monkeypatch.setattr("worker.public_network.look_up", look_up)
    return asked
