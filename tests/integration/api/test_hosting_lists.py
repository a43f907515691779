"""Accounts' own lists of hosting networks, on the graph."""

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.integration.api.conftest import Tenant
from tracking.bots.hosting.service import MAX_CONTENT_BYTES, put_hosting_list
from tracking.errors import InvalidInputError

pytestmark = pytest.mark.feature("TR26")

PUT = """
    mutation ($input: PutHostingListInput!) {
        putHostingList(input: $input) {
            __typename
            ... on UserError { code message path }
            ... on PutHostingListSuccess { hostingList { id name networkCount archivedAt } }
        }
    }
"""
ARCHIVE = """
    mutation ($input: ArchiveHostingListInput!) {
        archiveHostingList(input: $input) {
            __typename ... on ArchiveHostingListSuccess { hostingList { id archivedAt } }
        }
    }
"""
LIST = """
    query ($filter: HostingListFilter, $first: Int, $after: String) {
        hostingLists(filter: $filter, first: $first, after: $after) { nodes { name } pageInfo { endCursor } }
    }
"""
HISTORY = """
    query ($id: ID!) {
        node(id: $id) { ... on HostingList { history { nodes { action changes { field before after } } } } }
    }
"""

CUT = "'192.0.2.9/24' goes on after its /24: expected 192.0.2.0/24"


async def change(tenant: Tenant, mutation: str, **given: Any) -> dict[str, Any]:
    [answer] = (await tenant.ask(mutation, input=given)).values()
    return dict(answer)


async def put(tenant: Tenant, name: str = "Cloudy", content: str = "192.0.2.0/24") -> dict[str, Any]:
    listed: dict[str, Any] = (await change(tenant, PUT, name=name, content=content))["hostingList"]
    return listed


async def list_names(tenant: Tenant, **given: Any) -> list[str]:
    return [node["name"] for node in (await tenant.ask(LIST, **given))["hostingLists"]["nodes"]]


async def read_networks(pool: asyncpg.Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch("SELECT name, networks FROM hosting_list WHERE archived_at IS NULL ORDER BY name")
    return [(row["name"], row["networks"]) for row in rows]


class TestLists:
    async def test_networks_are_kept_sorted_and_merged(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        listed = await put(acme, " Cloudy ", "# ours\n192.0.2.128/25\n2001:db8::/32\n192.0.2.0/25\n192.0.2.7\n")

        assert listed == {"id": listed["id"], "name": "Cloudy", "networkCount": 2, "archivedAt": None}
        assert await read_networks(pool) == [("Cloudy", "192.0.2.0/24\n2001:db8::/32")]

    async def test_the_same_networks_again_change_nothing(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        first = await put(acme, content="192.0.2.0/25\n192.0.2.128/25")

        assert await put(acme, content="192.0.2.0/24") == first

        assert await pool.fetchval("SELECT count(*) FROM hosting_list") == 1
        assert await pool.fetchval("SELECT count(*) FROM history_entry WHERE subject_type = 'HostingList'") == 1

    async def test_a_list_takes_the_place_of_the_one_with_its_name_in_any_case(
        self, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        await put(acme, "Cloudy", "192.0.2.0/24")
        await put(acme, "CLOUDY", "198.51.100.0/24")
        await put(acme, "Rainy", "203.0.113.0/24")

        assert await read_networks(pool) == [("CLOUDY", "198.51.100.0/24"), ("Rainy", "203.0.113.0/24")]
        assert await list_names(acme) == ["Rainy", "CLOUDY"]
        assert await list_names(acme, filter={"isArchived": True}) == ["Cloudy"]
        assert await list_names(acme, filter={"isArchived": None, "search": "cloud"}) == ["CLOUDY", "Cloudy"]

    async def test_an_archived_list_is_used_no_more_and_stays_archived(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        listed = await put(acme)
        archived = await change(acme, ARCHIVE, id=listed["id"])
        again = await change(acme, ARCHIVE, id=listed["id"])

        assert archived["hostingList"]["archivedAt"] is not None
        assert again == archived
        rows = await pool.fetch("SELECT networks, network_count FROM hosting_list")
        assert [tuple(row) for row in rows] == [("", 1)], "its name and size are kept, its networks are not"

    async def test_history_says_who_put_and_archived_it(self, acme: Tenant) -> None:
        first = await put(acme)
        await put(acme, content="192.0.2.0/25")

        history = (await acme.ask(HISTORY, id=first["id"]))["node"]["history"]["nodes"]
        assert [entry["action"] for entry in history] == ["ARCHIVED", "CREATED"]
        assert {each["field"]: each["after"] for each in history[1]["changes"]} == {
            "name": "Cloudy",
            "networkCount": "1",
        }

    async def test_pages_follow_each_other(self, acme: Tenant) -> None:
        for name in ("A", "B", "C"):
            await put(acme, name)
        page = (await acme.ask(LIST, first=2))["hostingLists"]

        assert [node["name"] for node in page["nodes"]] == ["C", "B"]
        assert await list_names(acme, first=2, after=page["pageInfo"]["endCursor"]) == ["A"]

    async def test_of_many_at_once_one_is_in_use(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await asyncio.gather(
            *(put_hosting_list(acme.account.id, f"Cloud{'yY'[place % 2]}", f"192.0.2.{place}") for place in range(8))
        )

        assert len(await read_networks(pool)) == 1
        assert await pool.fetchval("SELECT count(*) FROM hosting_list") == 8


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "content", "message", "field"),
        [
            ("", "192.0.2.0/24", "name is empty: give 1 to 100 characters", "name"),
            ("x" * 101, "192.0.2.0/24", "name has 101 characters: give at most 100", "name"),
            (
                "Cloudy",
                "192.0.2.0/24\n0.0.0.0/0",
                "content is no list of networks: line 2: '0.0.0.0/0' is not usable: expected a length from /8 to /32",
                "content",
            ),
            (
                "Cloudy",
                '{"prefixes": [{"ip_prefix": "192.0.2.9/24"}]}',
                f"content is no list of networks: prefixes[0].ip_prefix: {CUT}",
                "content",
            ),
        ],
        ids=["no name", "long name", "all addresses", "a field"],
    )
    async def test_what_is_wrong_is_named_and_nothing_changes(
        self, acme: Tenant, pool: asyncpg.Pool, *, name: str, content: str, message: str, field: str
    ) -> None:
        await put(acme)

        refused = await change(acme, PUT, name=name, content=content)

        assert refused == {"__typename": "InvalidInput", "code": "INVALID_INPUT", "message": message, "path": [field]}
        assert await read_networks(pool) == [("Cloudy", "192.0.2.0/24")]

    async def test_half_a_character_is_no_network(self, acme: Tenant) -> None:
        with pytest.raises(InvalidInputError, match=r"content is no list of networks: line 1: '\?' is no network"):
            await put_hosting_list(acme.account.id, "Cloudy", "\ud800")

    async def test_one_byte_too_many_is_refused(self, acme: Tenant) -> None:
        line = "192.0.2.0/24\n"
        longest = line * (MAX_CONTENT_BYTES // len(line))
        longest += "#" * (MAX_CONTENT_BYTES - len(longest))
        await put_hosting_list(acme.account.id, "Cloudy", longest)

        with pytest.raises(InvalidInputError) as refused:
            await put_hosting_list(acme.account.id, "Cloudy", longest + "#")

        assert refused.value.path == ("content",)
        assert refused.value.message == "content has 900,001 bytes: give at most 900,000, or two lists"

    async def test_what_fits_in_a_request_is_taken(self, acme: Tenant) -> None:
        networks = [f"10.{number // 128}.{number % 128 * 2}.0/24" for number in range(20_000)]

        assert (await put(acme, content="\n".join(networks)))["networkCount"] == 20_000

    async def test_the_lists_of_an_account_have_room_for_so_many_networks(
        self, acme: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tracking.bots.hosting.service.MAX_NETWORKS", 3)
        await put(acme, "A", "192.0.2.1\n192.0.2.4")
        await put(acme, "A", "192.0.2.1\n192.0.2.4\n192.0.2.9")

        refused = await change(acme, PUT, name="B", content="192.0.2.1")

        assert refused["message"] == "with these the account's lists have 4 networks: keep to 3 in all"
        assert await list_names(acme) == ["A"]

    async def test_an_account_has_so_many_lists(self, acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tracking.bots.hosting.service.MAX_LISTS", 2)
        await put(acme, "A")
        listed = await put(acme, "B")

        refused = await change(acme, PUT, name="C", content="192.0.2.1")
        assert refused["message"] == "the account has 2 lists: archive one of them first"

        await put(acme, "B", "192.0.2.1")
        await change(acme, ARCHIVE, id=listed["id"])
        assert await list_names(acme) == ["B", "A"]
