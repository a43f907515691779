import asyncio
from typing import Any

import asyncpg
import pytest

from api.ids import decode_id
from tests.clicking import BOT, make_event, store
from tests.integration.api.conftest import Tenant
from tests.statements import recorded_statements
from tracking.contacts.models import Contact
from tracking.domains.models import TrackingDomain
from tracking.links.models import Link, SystemLinkKind
from tracking.reports.fold import fold_all

UPSERT = """
    mutation ($contacts: [ContactInput!]!, $key: String) {
        upsertContacts(input: { contacts: $contacts, idempotencyKey: $key }) {
            __typename
            ... on UpsertContactsSuccess {
                items { index ok node { id externalId name shareUrl } errors { code path } }
            }
            ... on UserError { code path }
        }
    }
"""
LIST = """
    query ($filter: ContactFilter, $orderBy: ContactOrder, $first: Int, $after: String) {
        contacts(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
            nodes { externalId name shareUrl linkClicks referralLinkClicks shareLink { kind shortUrl destinationUrl } }
            pageInfo { hasNextPage endCursor }
        }
    }
"""
SHARE_URL = "https://brand.example/friends"


async def upsert(tenant: Tenant, *contacts: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await tenant.ask(UPSERT, contacts=contacts, key=key))["upsertContacts"]["items"]
    return items


async def list_contacts(tenant: Tenant, **given: Any) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await tenant.ask(LIST, **given))["contacts"]["nodes"]
    return nodes


class TestUpsert:
    async def test_contacts_are_added_and_changed_by_their_external_id(self, acme: Tenant) -> None:
        [first] = await upsert(acme, {"externalId": "c1", "name": "Ada"})
        again = await upsert(acme, {"externalId": "c1", "name": "Ada L."}, {"externalId": "c2"})

        assert first["node"]["name"] == "Ada"
        assert [item["node"]["id"] == first["node"]["id"] for item in again] == [True, False]
        assert [item["node"]["name"] for item in again] == ["Ada L.", ""]
        assert await Contact.all().count() == 2

    async def test_what_is_left_out_stays(self, acme: Tenant) -> None:
        await upsert(acme, {"externalId": "c1", "name": "Ada", "shareUrl": SHARE_URL})

        [item] = await upsert(acme, {"externalId": "c1"})

        assert (item["node"]["name"], item["node"]["shareUrl"]) == ("Ada", SHARE_URL)

    async def test_a_bad_one_does_not_hold_up_the_others(self, acme: Tenant) -> None:
        items = await upsert(
            acme,
            {"externalId": " "},
            {"externalId": "c1"},
            {"externalId": "c1", "name": "twice"},
            {"externalId": "c2", "shareUrl": "javascript:alert(1)"},
            {"externalId": "c3", "shareUrl": "http://acme.localhost/loop"},
            {"externalId": "c4", "name": "x" * 201},
            {"externalId": "c5"},
        )

        assert [item["ok"] for item in items] == [False, True, False, False, False, False, True]
        errors = [(item["errors"][0]["code"], item["errors"][0]["path"]) for item in items if item["errors"]]
        assert errors == [
            ("INVALID_INPUT", ["contacts", "0", "externalId"]),
            ("INVALID_INPUT", ["contacts", "2", "externalId"]),
            ("INVALID_INPUT", ["contacts", "3", "shareUrl"]),
            ("INVALID_INPUT", ["contacts", "4", "shareUrl"]),
            ("INVALID_INPUT", ["contacts", "5", "name"]),
        ]
        assert sorted([contact.external_id for contact in await Contact.all()]) == ["c1", "c5"]

    async def test_a_repeat_with_the_same_key_answers_alike(self, acme: Tenant) -> None:
        given = [{"externalId": "c1", "name": "Ada"}, {"externalId": ""}]
        first = await upsert(acme, *given, key="k")
        await upsert(acme, {"externalId": "c1", "name": "Changed since"})

        again = await upsert(acme, *given, key="k")

        assert [item["errors"] for item in again] == [item["errors"] for item in first]
        assert again[0]["node"]["name"] == "Changed since"

    @pytest.mark.parametrize("count", [0, 1_001])
    async def test_too_many_are_refused_as_a_whole(self, acme: Tenant, count: int) -> None:
        contacts = [{"externalId": str(number)} for number in range(count)]

        answer = (await acme.ask(UPSERT, contacts=contacts))["upsertContacts"]

        assert (answer["code"], answer["path"]) == ("INVALID_INPUT", ["contacts"])
        assert await Contact.all().count() == 0

    async def test_calls_at_once_store_each_contact_and_its_link_once(self, acme: Tenant) -> None:
        given = [{"externalId": str(number), "shareUrl": SHARE_URL} for number in range(40)]

        answers = await asyncio.gather(*(upsert(acme, *order) for order in (given, given[::-1], given[20:] + given)))

        assert [sum(item["ok"] for item in items) for items in answers] == [40, 40, 40]
        assert await Contact.all().count() == 40
        assert await Link.filter(system_kind=SystemLinkKind.SHARE, archived_at=None).count() == 40

    @pytest.mark.feature("R11")
    async def test_the_same_external_id_in_another_account_is_another_contact(
        self, acme: Tenant, other: Tenant
    ) -> None:
        [ours], [theirs] = await upsert(acme, {"externalId": "c1"}), await upsert(other, {"externalId": "c1"})

        query = "query ($id: ID!) { node(id: $id) { __typename } }"
        assert (await acme.ask(query, id=ours["node"]["id"]))["node"] == {"__typename": "Contact"}
        assert (await acme.ask(query, id=theirs["node"]["id"]))["node"] is None


class TestShareLinks:
    @pytest.mark.feature("IM3", "IM13")
    async def test_a_share_url_makes_a_link_that_is_bound_to_nobody(self, acme: Tenant) -> None:
        await upsert(acme, {"externalId": "c1", "shareUrl": SHARE_URL})

        [contact] = await list_contacts(acme)
        link = await Link.get(system_kind=SystemLinkKind.SHARE)
        assert contact["shareLink"] == {
            "kind": "SYSTEM",
            "shortUrl": f"http://acme.localhost/{link.slug}",
            "destinationUrl": SHARE_URL,
        }
        assert link.contact_id is None

    async def test_another_url_leads_the_same_link_elsewhere_and_null_archives_it(self, acme: Tenant) -> None:
        await upsert(acme, {"externalId": "c1", "shareUrl": SHARE_URL})
        await upsert(acme, {"externalId": "c1", "shareUrl": "https://brand.example/new"})
        [moved] = await list_contacts(acme)

        await upsert(acme, {"externalId": "c1", "shareUrl": None})

        [ended] = await list_contacts(acme)
        assert moved["shareLink"]["destinationUrl"] == "https://brand.example/new"
        assert (ended["shareUrl"], ended["shareLink"]) == (None, None)
        [link] = await Link.all()
        assert link.archived_at is not None

    @pytest.mark.feature("TR2")
    async def test_without_a_verified_domain_those_with_a_share_url_are_refused(self, acme: Tenant) -> None:
        await TrackingDomain.all().update(verified_at=None)

        items = await upsert(acme, {"externalId": "c1", "shareUrl": SHARE_URL}, {"externalId": "c2"})

        assert [item["ok"] for item in items] == [False, True]
        assert items[0]["errors"][0]["path"] == ["contacts", "0", "shareUrl"]
        assert [contact.external_id for contact in await Contact.all()] == ["c2"]


class TestClicks:
    @pytest.mark.feature("IM3", "IM13", "IM20")
    async def test_clicks_on_their_links_and_clicks_that_they_referred_are_two_numbers(
        self, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        [shared, alone] = await upsert(acme, {"externalId": "shares", "shareUrl": SHARE_URL}, {"externalId": "reads"})
        share_link = await Link.get(system_kind=SystemLinkKind.SHARE)
        account_id = acme.account.id
        for item, clicks in ((shared, 3), (alone, 1)):
            contact_id = decode_id(item["node"]["id"], "Contact")
            link_id = await self.bind_link(pool, share_link, contact_id)
            events = [make_event(account_id, link_id=link_id, contact_id=contact_id, visitor=n) for n in range(clicks)]
            await store(pool, *events, make_event(account_id, link_id=link_id, contact_id=contact_id, user_agent=BOT))
        await store(pool, *(make_event(account_id, link_id=share_link.id, visitor=n) for n in range(10, 12)))
        await fold_all(pool)

        found = {node["externalId"]: node for node in await list_contacts(acme)}

        counts = {name: (node["linkClicks"], node["referralLinkClicks"]) for name, node in found.items()}
        assert counts == {"shares": (3, 2), "reads": (1, 0)}
        assert (
            await pool.fetchval("SELECT count(*) FROM click WHERE link_id = $1 AND contact_id IS NULL", share_link.id)
            == 2
        )

    async def test_an_archived_share_link_keeps_its_credit(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await upsert(acme, {"externalId": "c1", "shareUrl": SHARE_URL})
        link = await Link.get(system_kind=SystemLinkKind.SHARE)
        await store(pool, make_event(acme.account.id, link_id=link.id))
        await fold_all(pool)

        await upsert(acme, {"externalId": "c1", "shareUrl": None})

        assert [node["referralLinkClicks"] for node in await list_contacts(acme)] == [1]

    @pytest.mark.usefixtures("answered_once")
    async def test_a_page_takes_the_same_statements_for_any_number_of_contacts(
        self, acme: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counts = []
        for number in (1, 20):
            await upsert(acme, *({"externalId": f"{number}-{n}", "shareUrl": SHARE_URL} for n in range(number)))
            with recorded_statements(monkeypatch) as statements:
                await acme.graph.app.state.services.pool.expire_connections()
                await list_contacts(acme)
            counts.append(len(statements))

        assert counts == [counts[0], counts[0]] != [0, 0]

    async def bind_link(self, pool: asyncpg.Pool, like: Link, contact_id: int | None) -> int:
        """A link made for the contact alone."""
        link_id: int = await pool.fetchval(
            "INSERT INTO link (account_id, domain_id, slug, is_readable, kind, destination_url,"
            " is_destination_overridden, label, tags, message_id, slot, contact_id, created_at)"
            " VALUES ($1, $2, $3, false, 'RECIPIENT', 'https://brand.example/', false, '', '{}', 1, 1, $4, now())"
            " RETURNING id",
            like.account_id,
            like.domain_id,
            f"recipient{contact_id}",
            contact_id,
        )
        return link_id


class TestLists:
    async def test_names_are_found_by_how_they_begin(self, acme: Tenant) -> None:
        names = ["Ada", "adam", "Ben", "a_b", "Bada"]
        await upsert(acme, *({"externalId": f"c{n}", "name": name} for n, name in enumerate(names)))

        async def find(prefix: str) -> list[str]:
            order = {"field": "NAME"}
            return [node["name"] for node in await list_contacts(acme, filter={"namePrefix": prefix}, orderBy=order)]

        assert await find("aD") == ["Ada", "adam"]
        assert await find("a_") == ["a_b"]
        assert await find("%") == []
        assert await find("\0") == []

    async def test_external_ids_are_found(self, acme: Tenant) -> None:
        await upsert(acme, *({"externalId": f"c{n}"} for n in range(4)))

        found = await list_contacts(acme, filter={"externalIds": ["c2", "c0", "none"]})

        assert [node["externalId"] for node in found] == ["c2", "c0"]

    @pytest.mark.parametrize("field", ["CREATED_AT", "NAME", "EXTERNAL_ID"])
    async def test_pages_hold_each_contact_once(self, acme: Tenant, field: str) -> None:
        await upsert(acme, *({"externalId": f"c{n}", "name": "same"} for n in range(5)))
        seen, after = [], None

        for _ in range(3):
            page = (await acme.ask(LIST, orderBy={"field": field, "direction": "DESC"}, first=2, after=after))[
                "contacts"
            ]
            seen += [node["externalId"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]

        assert seen == ["c4", "c3", "c2", "c1", "c0"]
