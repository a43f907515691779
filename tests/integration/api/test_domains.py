from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tests.nameserver import Nameserver, serve_names
from tracking.domains.models import TrackingDomain
from tracking.settings import Settings

FIELDS = """
    host status pointsHere tls isDefault verifiedAt checkedAt archivedAt
    dnsRecords { type name value found }
"""
ANSWER = f"__typename ... on UserError {{ code path }} ... on %s {{ domain {{ id {FIELDS} }} }}"
CREATE = f"""
    mutation ($host: String!, $key: String) {{
        createTrackingDomain(input: {{ host: $host, idempotencyKey: $key }}) {{
            {ANSWER % "CreateTrackingDomainSuccess"}
        }}
    }}
"""
VERIFY = f"""
    mutation ($id: ID!) {{
        verifyTrackingDomain(input: {{ id: $id }}) {{ {ANSWER % "VerifyTrackingDomainSuccess"} }}
    }}
"""
UPDATE = f"""
    mutation ($id: ID!, $isDefault: Boolean, $tls: Boolean) {{
        updateTrackingDomain(input: {{ id: $id, isDefault: $isDefault, tls: $tls }}) {{
            {ANSWER % "UpdateTrackingDomainSuccess"}
        }}
    }}
"""
ARCHIVE = f"""
    mutation ($id: ID!) {{
        archiveTrackingDomain(input: {{ id: $id }}) {{ {ANSWER % "ArchiveTrackingDomainSuccess"} }}
    }}
"""
LIST = """
    query ($filter: TrackingDomainFilter, $orderBy: TrackingDomainOrder, $first: Int, $after: String) {
        domains(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
            nodes { id host isDefault } pageInfo { hasNextPage endCursor }
        }
    }
"""
HOST = "go.brand.example"


@pytest.fixture
async def nameserver() -> AsyncIterator[Nameserver]:
    async with serve_names() as served:
        yield served


@pytest.fixture
def settings(settings: Settings, nameserver: Nameserver) -> Settings:
    """With redirectors that have a name and an address of each kind."""
    return msgspec.structs.replace(
        settings,
        dns_resolvers=(nameserver.setting,),
        public_hosts=("links.creatrail.example", "192.0.2.1", "2001:db8::1"),
    )


async def change(tenant: Tenant, mutation: str, **given: Any) -> dict[str, Any]:
    [answer] = (await tenant.ask(mutation, **given)).values()
    return dict(answer)


async def create(tenant: Tenant, host: str = HOST, **given: Any) -> dict[str, Any]:
    domain: dict[str, Any] = (await change(tenant, CREATE, host=host, **given))["domain"]
    return domain


def prove(nameserver: Nameserver, domain: dict[str, Any]) -> None:
    proof = domain["dnsRecords"][0]
    nameserver.put(proof["name"], "TXT", f'"{proof["value"]}"')


async def create_verified(tenant: Tenant, nameserver: Nameserver, host: str = HOST) -> dict[str, Any]:
    domain = await create(tenant, host)
    prove(nameserver, domain)
    verified: dict[str, Any] = (await change(tenant, VERIFY, id=domain["id"]))["domain"]
    return verified


@pytest.mark.feature("TR2")
class TestVerification:
    async def test_a_new_domain_says_which_records_to_add(self, acme: Tenant) -> None:
        domain = await create(acme)

        proof = domain["dnsRecords"].pop(0)
        assert proof["value"].startswith("creatrail-verification=")
        assert (proof["type"], proof["name"], proof["found"]) == ("TXT", "_creatrail.go.brand.example", [])
        assert domain["dnsRecords"] == [
            {"type": "CNAME", "name": HOST, "value": "links.creatrail.example", "found": []},
            {"type": "A", "name": HOST, "value": "192.0.2.1", "found": []},
            {"type": "AAAA", "name": HOST, "value": "2001:db8::1", "found": []},
        ]
        assert (domain["status"], domain["pointsHere"], domain["tls"]) == ("UNVERIFIED", None, True)
        assert (domain["isDefault"], domain["verifiedAt"], domain["checkedAt"]) == (False, None, None)

    async def test_its_record_verifies_it_and_what_was_found_is_shown(
        self, acme: Tenant, nameserver: Nameserver
    ) -> None:
        nameserver.put(HOST, "A", "198.51.100.7")

        domain = await create_verified(acme, nameserver)

        found = [record["found"] for record in domain["dnsRecords"]]
        assert found == [[domain["dnsRecords"][0]["value"]], [], ["198.51.100.7"], []]
        assert (domain["status"], domain["pointsHere"]) == ("VERIFIED", False)

    async def test_without_its_record_it_stays_unverified(self, acme: Tenant, nameserver: Nameserver) -> None:
        domain = await create(acme)
        nameserver.put(HOST, "CNAME", "links.creatrail.example")

        answer = await change(acme, VERIFY, id=domain["id"])

        assert (answer["domain"]["status"], answer["domain"]["pointsHere"]) == ("UNVERIFIED", True)

    async def test_a_host_that_another_account_verified_is_taken(
        self, acme: Tenant, other: Tenant, nameserver: Nameserver
    ) -> None:
        await create_verified(other, nameserver)
        domain = await create(acme)
        prove(nameserver, domain)

        answer = await change(acme, VERIFY, id=domain["id"])

        assert (answer["__typename"], answer["path"]) == ("Taken", ["id"])

    async def test_an_embedded_name_is_verified_and_asks_for_no_record(self, acme: Tenant) -> None:
        [local] = (await acme.ask("{ domains { nodes { id host status pointsHere dnsRecords { name } } } }"))[
            "domains"
        ]["nodes"]

        assert (local["host"], local["status"]) == ("acme.localhost", "VERIFIED")
        assert (local["pointsHere"], local["dnsRecords"]) == (None, [])


class TestRefusals:
    @pytest.mark.parametrize(
        ("host", "code"),
        [("localhost", "INVALID_INPUT"), ("192.0.2.1", "INVALID_INPUT"), ("brand.example", "INVALID_INPUT")],
    )
    async def test_what_is_no_host_of_a_brand_adds_nothing(self, acme: Tenant, host: str, code: str) -> None:
        answer = await change(acme, CREATE, host=host)

        assert (answer["code"], answer["path"]) == (code, ["host"])
        assert await TrackingDomain.all().count() == 1

    async def test_the_same_host_twice_is_taken(self, acme: Tenant) -> None:
        await create(acme)

        assert (await change(acme, CREATE, host=f"{HOST}."))["code"] == "TAKEN"

    async def test_a_repeat_with_the_same_key_answers_with_the_same_domain(self, acme: Tenant) -> None:
        first, again = [await create(acme, key="k") for _ in range(2)]

        assert again["id"] == first["id"]

    @pytest.mark.feature("R11")
    @pytest.mark.parametrize("mutation", [VERIFY, UPDATE, ARCHIVE])
    async def test_a_foreign_domain_is_an_unknown_one(self, acme: Tenant, other: Tenant, mutation: str) -> None:
        foreign = await create(other)

        assert (await change(acme, mutation, id=foreign["id"]))["code"] == "NOT_FOUND"

    @pytest.mark.parametrize("mutation", [VERIFY, UPDATE])
    async def test_an_archived_one_is_past_changing(self, acme: Tenant, mutation: str) -> None:
        domain = await create(acme)
        await change(acme, ARCHIVE, id=domain["id"])

        assert (await change(acme, mutation, id=domain["id"]))["code"] == "ARCHIVED"

    async def test_a_default_is_verified_first(self, acme: Tenant) -> None:
        answer = await change(acme, UPDATE, id=(await create(acme))["id"], isDefault=True)

        assert (answer["code"], answer["path"]) == ("INVALID_INPUT", ["isDefault"])


class TestUse:
    async def test_another_default_takes_the_place_of_the_first(self, acme: Tenant, nameserver: Nameserver) -> None:
        domain = await create_verified(acme, nameserver)

        answer = await change(acme, UPDATE, id=domain["id"], isDefault=True, tls=False)

        assert (answer["domain"]["isDefault"], answer["domain"]["tls"]) == (True, False)
        nodes = (await acme.ask(LIST))["domains"]["nodes"]
        assert [(node["host"], node["isDefault"]) for node in nodes] == [("acme.localhost", False), (HOST, True)]

    async def test_the_list_pages_and_leaves_archived_ones_out(self, acme: Tenant) -> None:
        for name in ("c", "a", "b"):
            domain = await create(acme, f"{name}.brand.example")
        await change(acme, ARCHIVE, id=domain["id"])
        by_host = {"field": "HOST", "direction": "DESC"}

        first = (await acme.ask(LIST, orderBy=by_host, first=2))["domains"]
        rest = (await acme.ask(LIST, orderBy=by_host, after=first["pageInfo"]["endCursor"]))["domains"]

        assert [node["host"] for node in first["nodes"] + rest["nodes"]] == [
            "c.brand.example",
            "acme.localhost",
            "a.brand.example",
        ]
        archived = await acme.ask(LIST, filter={"isArchived": True})
        assert [node["host"] for node in archived["domains"]["nodes"]] == ["b.brand.example"]

    async def test_a_filter_finds_what_is_unverified(self, acme: Tenant) -> None:
        await create(acme)

        found = (await acme.ask(LIST, filter={"statuses": ["UNVERIFIED", "FAILING"]}))["domains"]["nodes"]

        assert [node["host"] for node in found] == [HOST]

    async def test_its_history_tells_who_did_what(self, acme: Tenant, nameserver: Nameserver) -> None:
        domain = await create_verified(acme, nameserver)
        await change(acme, UPDATE, id=domain["id"], tls=False)
        await change(acme, ARCHIVE, id=domain["id"])

        query = """
            query ($id: ID!) {
                node(id: $id) { ... on TrackingDomain { history { nodes { action changes { field before after } } } } }
            }
        """
        entries = (await acme.ask(query, id=domain["id"]))["node"]["history"]["nodes"]
        assert [(entry["action"], [tuple(change.values()) for change in entry["changes"]]) for entry in entries] == [
            ("ARCHIVED", []),
            ("UPDATED", [("tls", "true", "false")]),
            ("VERIFIED", [("isDefault", None, "false"), ("status", None, "VERIFIED")]),
            ("CREATED", [("host", None, HOST), ("tls", None, "true")]),
        ]

    async def test_it_is_a_node(self, acme: Tenant, other: Tenant) -> None:
        domain = await create(acme)
        query = "query ($id: ID!) { node(id: $id) { ... on TrackingDomain { host } } }"

        assert (await acme.ask(query, id=domain["id"]))["node"] == {"host": HOST}
        assert (await other.ask(query, id=domain["id"]))["node"] is None


@pytest.mark.feature("TR2")
class TestTlsFront:
    async def ask(self, graph: Graph, domain: str) -> int:
        answer = await graph.client.get("/tls/ask", params={"domain": domain})
        assert answer.content == b""
        return answer.status_code

    async def test_only_a_verified_host_gets_a_certificate(self, acme: Tenant, nameserver: Nameserver) -> None:
        await create(acme, "new.brand.example")
        await create_verified(acme, nameserver)

        asked = [HOST, "GO.brand.example.", "new.brand.example", "brand.example", "x.go.brand.example"]
        assert [await self.ask(acme.graph, host) for host in asked] == [200, 200, 404, 404, 404]

    @pytest.mark.parametrize("domain", ["", "a b", "\0", "ä" * 5_000, "go.brand.example/x", "' OR true --"])
    async def test_anything_else_is_unknown(self, graph: Graph, domain: str) -> None:
        assert await self.ask(graph, domain) == 404

    async def test_without_a_name_it_is_unknown(self, graph: Graph) -> None:
        assert (await graph.client.get("/tls/ask")).status_code == 404
