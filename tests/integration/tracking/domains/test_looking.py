"""Looks at a nameserver on a socket; no store is needed."""

import dns.message
import dns.rcode
import pytest

from tests.nameserver import Nameserver
from tracking.domains.looking import DomainLooker, Proof, Sighting
from tracking.settings import load_settings

HOST = "go.brand.example"
PROOF_NAME = "_creatrail.go.brand.example"
TOKEN = "creatrail-verification=abc"
REQUIRED = {
    "DATABASE_URL": "postgresql://creatrail@localhost/creatrail",
    "REDIS_URL": "redis://localhost",
    "CLICK_TOKEN_KEYS": "1:AAAAAAAAAAAAAAAAAAAAAA",
    "COOKIE_SECRET": "AAAAAAAAAAAAAAAAAAAAAA",
}


async def look(nameserver: Nameserver, public_hosts: str = "", *, deadline_s: float = 5) -> Sighting:
    resolvers = f"{nameserver.setting.address}:{nameserver.setting.port}"
    settings = load_settings({**REQUIRED, "DNS_RESOLVERS": resolvers, "PUBLIC_HOSTS": public_hosts})
    return await DomainLooker(settings, deadline_s=deadline_s).look(HOST, TOKEN)


@pytest.mark.feature("TR2")
class TestProof:
    async def test_the_record_proves_it(self, nameserver: Nameserver) -> None:
        nameserver.put(PROOF_NAME, "TXT", f'"{TOKEN}"')

        assert await look(nameserver) == Sighting(Proof.PRESENT, None, {"TXT": [TOKEN]})

    async def test_among_many_it_is_found_and_shown(self, nameserver: Nameserver) -> None:
        others = [f'"v=spf{number}"' for number in range(20)]
        nameserver.put(PROOF_NAME, "TXT", *others, f'"{TOKEN}"')

        sighting = await look(nameserver)

        assert sighting.proof is Proof.PRESENT
        assert sighting.found["TXT"][0] == TOKEN
        assert len(sighting.found["TXT"]) == 10

    async def test_cut_in_two_strings_it_is_the_same_text(self, nameserver: Nameserver) -> None:
        nameserver.put(PROOF_NAME, "TXT", f'"{TOKEN[:9]}" "{TOKEN[9:]}"')

        assert (await look(nameserver)).proof is Proof.PRESENT

    @pytest.mark.parametrize("value", ["creatrail-verification=ab", TOKEN.upper(), f" {TOKEN}", f"{TOKEN}x"])
    async def test_another_text_proves_nothing(self, nameserver: Nameserver, value: str) -> None:
        nameserver.put(PROOF_NAME, "TXT", f'"{value}"')

        assert await look(nameserver) == Sighting(Proof.MISSING, None, {"TXT": [value]})

    async def test_at_the_host_itself_it_proves_nothing(self, nameserver: Nameserver) -> None:
        nameserver.put(HOST, "TXT", f'"{TOKEN}"')

        assert await look(nameserver) == Sighting(Proof.MISSING, None, {"TXT": []})


class TestPointing:
    async def test_an_alias_of_ours_points_here(self, nameserver: Nameserver) -> None:
        nameserver.put(HOST, "CNAME", "links.creatrail.example")
        nameserver.put("links.creatrail.example", "A", "192.0.2.1")

        sighting = await look(nameserver, "links.creatrail.example")

        assert sighting.points_here is True
        assert sighting.found == {"TXT": [], "CNAME": ["links.creatrail.example"], "A": ["192.0.2.1"], "AAAA": []}

    @pytest.mark.parametrize(("kind", "address"), [("A", "192.0.2.1"), ("AAAA", "2001:db8::1")])
    async def test_an_address_of_ours_points_here(self, nameserver: Nameserver, kind: str, address: str) -> None:
        nameserver.put(HOST, kind, address)

        assert (await look(nameserver, "192.0.2.1,2001:db8::1")).points_here is True

    async def test_the_address_that_our_name_has_points_here(self, nameserver: Nameserver) -> None:
        nameserver.put(HOST, "A", "192.0.2.7")
        nameserver.put("links.creatrail.example", "A", "192.0.2.7")

        assert (await look(nameserver, "links.creatrail.example")).points_here is True

    async def test_another_address_does_not(self, nameserver: Nameserver) -> None:
        nameserver.put(HOST, "A", "198.51.100.1")

        assert (await look(nameserver, "links.creatrail.example,192.0.2.1")).points_here is False

    async def test_nobody_can_tell_when_nobody_said_where_here_is(self, nameserver: Nameserver) -> None:
        nameserver.put(HOST, "A", "192.0.2.1")

        assert (await look(nameserver)).points_here is None
        assert nameserver.asked == [(PROOF_NAME, "TXT")]


def _answer_garbage(query: dns.message.Message) -> bytes:
    return b"\xff" * 700


def _answer_about_another(query: dns.message.Message) -> bytes:
    forged = dns.message.make_query("_creatrail.other.example.", "TXT", id=query.id)
    return dns.message.make_response(forged).to_wire()


class TestHostileAnswers:
    @pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.FORMERR])
    async def test_a_failing_nameserver_proves_nothing(self, nameserver: Nameserver, rcode: dns.rcode.Rcode) -> None:
        nameserver.answer = nameserver.refuse(rcode)

        assert await look(nameserver, "192.0.2.1") == Sighting(
            Proof.UNANSWERED, None, {"TXT": [], "CNAME": [], "A": [], "AAAA": []}
        )

    @pytest.mark.parametrize("answer", [lambda _: None, _answer_garbage, _answer_about_another])
    async def test_silence_and_garbage_prove_nothing(self, nameserver: Nameserver, answer: object) -> None:
        nameserver.answer = answer  # type: ignore[assignment]  # pytest gives an object

        assert (await look(nameserver, deadline_s=0.3)).proof is Proof.UNANSWERED

    async def test_weird_bytes_become_text_that_can_be_stored(self, nameserver: Nameserver) -> None:
        nameserver.put(PROOF_NAME, "TXT", r'"\000\255\254"', f'"{"x" * 255}" "more"')

        sighting = await look(nameserver)

        assert sighting.proof is Proof.MISSING
        assert sorted(sighting.found["TXT"]) == ["x" * 255, "\N{REPLACEMENT CHARACTER}\\xff\\xfe"]

    async def test_aliases_in_a_circle_end(self, nameserver: Nameserver) -> None:
        response_to = nameserver.answer_truly

        def answer(query: dns.message.Message) -> bytes:
            response = dns.message.from_wire(response_to(query))
            for name, target in (("go.brand.example.", "a.example."), ("a.example.", "go.brand.example.")):
                response.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", target))
            return response.to_wire()

        nameserver.answer = answer

        assert (await look(nameserver, "192.0.2.1")).points_here is None
