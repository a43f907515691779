"""One look at one destination: what answers there, and what we never connect to."""

import asyncio

import pytest

from tests.strangers import NOT_FOUND, OK, Stranger, open_stranger, redirect
from tracking.links.destination_checks import Outcome
from worker.destination_probe import DestinationProbe

FINE = Outcome(is_broken=False)
AT_HOME = DestinationProbe(allows_private=True)
ABROAD = DestinationProbe()


def answer(status: int) -> bytes:
    return b"HTTP/1.1 %d Such\r\nContent-Length: 0\r\n\r\n" % status


async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()  # until the other side has had enough
    writer.close()


async def look(stranger: Stranger, path: str) -> Outcome:
    return await AT_HOME.look(stranger.write_url(path))


class TestAnswers:
    async def test_a_page_is_fine_and_asked_for_by_head_alone(self) -> None:
        async with open_stranger(sale=OK) as stranger:
            assert await look(stranger, "/sale?v=1#top") == Outcome(is_broken=True, finding="404")
            assert await look(stranger, "/sale#top") == FINE
        assert stranger.asked[-1] == "HEAD /sale"
        assert b"CreatrailLinkCheck" in stranger.heads[-1]

    @pytest.mark.parametrize(
        ("status", "is_broken"),
        [(404, True), (410, True), (500, True), (502, True), (503, None), (401, None), (403, None), (429, None)],
    )
    async def test_what_is_gone_is_broken_and_what_refuses_programs_says_nothing(
        self, status: int, is_broken: bool | None
    ) -> None:
        async with open_stranger(sale=answer(status)) as stranger:
            assert await look(stranger, "/sale") == Outcome(is_broken, str(status))

    async def test_the_path_is_asked_for_as_it_was_given(self) -> None:
        async with open_stranger() as stranger:
            stranger.answers = {"HEAD /sale;v=1?a=1;b": OK}
            assert await look(stranger, "/sale;v=1?a=1;b") == FINE

    @pytest.mark.parametrize("to_head", [answer(405), answer(404), b"", b"nonsense\r\n\r\n"])
    async def test_who_does_not_understand_head_is_asked_again(self, to_head: bytes) -> None:
        async with open_stranger() as stranger:
            stranger.answers = {"HEAD /sale": to_head, "GET /sale": OK}
            assert await look(stranger, "/sale") == FINE
        assert stranger.asked == ["HEAD /sale", "GET /sale"]

    async def test_a_page_without_end_is_not_waited_for(self) -> None:
        endless = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\nmore and more"
        async with open_stranger() as stranger:
            stranger.answers = {"HEAD /sale": answer(405), "GET /sale": endless}
            assert await look(stranger, "/sale") == FINE

    async def test_heads_without_end_are_no_answer(self) -> None:
        async with open_stranger(sale=b"HTTP/1.1 200 OK\r\n" + b"x-more: 1\r\n" * 100_000) as stranger:
            assert await look(stranger, "/sale") == Outcome(is_broken=True, finding="NO_HTTP")

    async def test_interim_answers_without_end_are_none(self) -> None:
        async with open_stranger(sale=b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000 + OK) as stranger:
            assert await look(stranger, "/sale") == Outcome(is_broken=True, finding="NO_HTTP")


class TestNoAnswer:
    async def test_nobody_listens(self) -> None:
        async with open_stranger() as stranger:
            pass
        assert await look(stranger, "/sale") == Outcome(is_broken=True, finding="NO_CONNECTION")

    async def test_the_name_leads_nowhere(self) -> None:
        assert await AT_HOME.look("http://nobody.invalid/") == Outcome(is_broken=True, finding="DNS")

    async def test_what_is_not_tls_is_no_secure_page(self) -> None:
        async with open_stranger(sale=OK) as stranger:
            found = await AT_HOME.look(stranger.write_url("/sale", host="localhost", scheme="https"))
        assert found == Outcome(is_broken=True, finding="TLS")
        assert b"localhost" in stranger.heads[0]  # the name, although it was connected to by address

    async def test_who_only_hangs_up_speaks_no_http(self) -> None:
        async with open_stranger(sale=b"") as stranger:
            assert await look(stranger, "/sale") == Outcome(is_broken=True, finding="NO_HTTP")

    async def test_who_does_not_answer_in_time_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("worker.destination_probe.DEADLINE_S", 0.1)
        silence = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
        async with silence:
            port = silence.sockets[0].getsockname()[1]
            assert await AT_HOME.look(f"http://127.0.0.1:{port}/") == Outcome(is_broken=True, finding="TIMEOUT")


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_they_are_followed_from_where_they_stand(self, status: int) -> None:
        async with open_stranger(here=redirect("there", status), there=OK) as stranger:
            assert await look(stranger, "/here") == FINE

    async def test_their_end_is_what_counts(self) -> None:
        async with open_stranger(here=redirect("/there"), there=NOT_FOUND) as stranger:
            assert await look(stranger, "/here") == Outcome(is_broken=True, finding="404")

    async def test_five_are_enough_and_a_circle_says_nothing(self) -> None:
        async with open_stranger(here=redirect("/here")) as stranger:
            assert await look(stranger, "/here") == Outcome(is_broken=None, finding="TOO_MANY_REDIRECTS")
        assert len(stranger.asked) == 6

    async def test_into_an_app_is_fine_and_into_nothing_is_broken(self) -> None:
        async with open_stranger(app=redirect("myapp://sale/1"), bad=redirect("http://[half")) as stranger:
            assert await look(stranger, "/app") == FINE
            assert await look(stranger, "/bad") == Outcome(is_broken=True, finding="BAD_REDIRECT")


class TestGuard:
    """Nothing here may ever be connected to."""

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"]
    )
    async def test_private_addresses_are_refused_in_every_spelling(self, host: str) -> None:
        assert await ABROAD.look(f"http://{host}/sale") == Outcome(is_broken=True, finding="REFUSED_ADDRESS")

    async def test_a_redirect_cannot_lead_there_either(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with open_stranger(here=redirect("http://169.254.169.254/latest")) as stranger:
            # the stranger's own address has to pass for public, as nobody else answers in a test
            monkeypatch.setattr("worker.public_network.is_public", lambda address: str(address) == "127.0.0.1")
            monkeypatch.setattr("worker.destination_probe._PORTS", {"", str(stranger.port)})
            found = await ABROAD.look(stranger.write_url("/here"))
        assert found == Outcome(is_broken=True, finding="REFUSED_ADDRESS")
        assert stranger.asked == ["HEAD /here"]

    async def test_a_name_with_one_private_address_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answer_names(monkeypatch, "93.184.215.14", "10.0.0.1")
        assert await ABROAD.look("http://shop.example/") == Outcome(is_broken=True, finding="REFUSED_ADDRESS")

    async def test_a_name_is_asked_once_so_that_it_cannot_change_its_mind(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = answer_names(monkeypatch, "127.0.0.1")
        async with open_stranger(sale=OK) as stranger:
            assert await AT_HOME.look(stranger.write_url("/sale", host="shop.example")) == FINE
        assert names == ["shop.example"]
        assert b"Host: shop.example:" in stranger.heads[0]

    async def test_where_the_first_address_is_dead_the_next_is_tried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with open_stranger(sale=OK) as stranger:
            answer_names(monkeypatch, "::1", "127.0.0.1")
            assert await AT_HOME.look(stranger.write_url("/sale", host="shop.example")) == FINE

    async def test_a_port_that_is_not_the_webs_is_left_alone(self) -> None:
        async with open_stranger(sale=OK) as stranger:
            found = await ABROAD.look(stranger.write_url("/sale"))
        assert found == Outcome(is_broken=None, finding="PORT_NOT_CHECKED")
        assert stranger.asked == []


def answer_names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Every name leads to these addresses. Returns the names that are asked for."""
    asked: list[str] = []

    def look_up(host: str, _: int) -> list[str]:
        asked.append(host)
        return list(addresses)

    monkeypatch.setattr("worker.public_network.look_up", look_up)
    return asked
