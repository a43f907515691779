from typing import Any

import pytest

from tests.brand import join, make_campaign, make_creator
from tests.integration.api.conftest import Tenant

CREATE = """
    mutation ($input: CreateCampaignInput!) {
        createCampaign(input: $input) {
            __typename
            ... on CreateCampaignSuccess { campaign {
                id externalId endBehaviour fallbackUrl joinUrl optInUrl domain { host }
                joinLink { kind systemKind destinationUrl } optInLink { id }
            } }
            ... on UserError { code path }
        }
    }
"""
UPDATE = """
    mutation ($input: UpdateCampaignInput!) {
        updateCampaign(input: $input) {
            ... on UpdateCampaignSuccess { campaign {
                name status endBehaviour joinUrl joinLink { id } domain { host }
                history { nodes { action changes { field after } } }
            } }
            ... on UserError { code path }
        }
    }
"""
ARCHIVE = """
    mutation ($id: ID!) {
        archiveCampaign(input: { id: $id }) {
            ... on ArchiveCampaignSuccess { campaign { status joinLink { archivedAt } } }
            ... on UserError { code path }
        }
    }
"""
LIST = """
    query ($filter: CampaignFilter, $orderBy: CampaignOrder, $first: Int, $after: String, $last: Int, $before: String) {
        campaigns(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
            nodes { name } pageInfo { startCursor endCursor }
        }
    }
"""
JOIN = "https://brand.example/join"
FALLBACK = "https://brand.example/over"


async def create(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(CREATE, input={"name": "Summer", **given}))["createCampaign"]
    return answer


async def update(tenant: Tenant, campaign_id: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(UPDATE, input={"id": campaign_id, **given}))["updateCampaign"]
    return answer


async def list_names(tenant: Tenant, **variables: Any) -> str:
    return " ".join(node["name"] for node in (await tenant.ask(LIST, **variables))["campaigns"]["nodes"])


class TestSettingUp:
    @pytest.mark.feature("IM1", "IM4")
    async def test_a_campaign_is_created_with_its_links(self, acme: Tenant) -> None:
        domains = (await acme.ask("{ domains { nodes { id host } } }"))["domains"]["nodes"]
        given = {"endBehaviour": "FALLBACK", "fallbackUrl": FALLBACK, "joinUrl": JOIN, "externalId": "c1"}

        campaign = (await create(acme, **given, domainId=domains[0]["id"]))["campaign"]

        campaign.pop("id")
        assert campaign == {
            **given,
            "optInUrl": None,
            "optInLink": None,
            "domain": {"host": domains[0]["host"]},
            "joinLink": {"kind": "SYSTEM", "systemKind": "CAMPAIGN_JOIN", "destinationUrl": JOIN},
        }

    async def test_what_is_left_out_stays_and_null_clears(self, acme: Tenant) -> None:
        campaign_id = (await create(acme, joinUrl=JOIN))["campaign"]["id"]

        renamed = (await update(acme, campaign_id, name="Winter"))["campaign"]
        cleared = (await update(acme, campaign_id, joinUrl=None))["campaign"]

        assert (renamed["name"], renamed["joinUrl"]) == ("Winter", JOIN)
        assert (cleared["name"], cleared["joinUrl"], cleared["joinLink"]) == ("Winter", None, None)
        assert [entry["action"] for entry in cleared["history"]["nodes"]] == ["UPDATED", "UPDATED", "CREATED"]
        assert cleared["history"]["nodes"][0]["changes"] == [{"field": "joinUrl", "after": None}]

    async def test_an_archived_campaign_keeps_its_links(self, acme: Tenant) -> None:
        campaign_id = (await create(acme, joinUrl=JOIN))["campaign"]["id"]

        answer = await acme.ask(ARCHIVE, id=campaign_id)

        assert answer["archiveCampaign"]["campaign"] == {"status": "ARCHIVED", "joinLink": {"archivedAt": None}}

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"endBehaviour": "FALLBACK"}, "INVALID_INPUT", ["fallbackUrl"]),
            ({"joinUrl": "javascript:alert(1)"}, "INVALID_INPUT", ["joinUrl"]),
            ({"externalId": "c1"}, "TAKEN", ["externalId"]),
            ({"domainId": "garbage"}, "NOT_FOUND", ["domainId"]),
        ],
    )
    async def test_what_can_be_wrong_is_data(
        self, acme: Tenant, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        await create(acme, externalId="c1")
        campaign_id = (await create(acme))["campaign"]["id"]

        for answer in (await create(acme, **given), await update(acme, campaign_id, **given)):
            assert (answer["code"], answer["path"]) == (code, path)

    @pytest.mark.feature("R11")
    async def test_the_campaign_of_another_account_is_unknown(self, acme: Tenant, other: Tenant) -> None:
        campaign_id = (await create(acme))["campaign"]["id"]

        for answer in (await update(other, campaign_id), (await other.ask(ARCHIVE, id=campaign_id))["archiveCampaign"]):
            assert answer == {"code": "NOT_FOUND", "path": ["id"]}


class TestLists:
    @pytest.fixture
    async def cast(self, acme: Tenant) -> None:
        await create(acme, name="b", startsAt="2026-05-01T00:00:00Z", endsAt="2026-07-01T00:00:00Z", tags=["eu"])
        await create(acme, name="A", startsAt="2026-06-01T00:00:00Z", status="ACTIVE", externalId="x-1")
        await create(acme, name="c", endsAt="2026-06-15T00:00:00Z", tags=["eu", "us"])

    @pytest.mark.usefixtures("cast")
    @pytest.mark.parametrize(
        ("order", "names"),
        [
            (None, "c A b"),
            ({"field": "CREATED_AT", "direction": "ASC"}, "b A c"),
            ({"field": "NAME", "direction": "ASC"}, "A b c"),
            ({"field": "STARTS_AT", "direction": "ASC"}, "b A c"),
            ({"field": "ENDS_AT"}, "A b c"),
        ],
    )
    async def test_they_are_ordered_and_paged_both_ways(self, acme: Tenant, order: Any, names: str) -> None:
        first = (await acme.ask(LIST, orderBy=order, first=2))["campaigns"]
        rest = await list_names(acme, orderBy=order, first=2, after=first["pageInfo"]["endCursor"])
        last = (await acme.ask(LIST, orderBy=order, last=2))["campaigns"]
        before = await list_names(acme, orderBy=order, last=2, before=last["pageInfo"]["startCursor"])

        assert " ".join([*(node["name"] for node in first["nodes"]), rest]) == names
        assert " ".join([before, *(node["name"] for node in last["nodes"])]) == names

    @pytest.mark.usefixtures("cast")
    @pytest.mark.feature("CU12")
    @pytest.mark.parametrize(
        ("given", "names"),
        [
            ({"search": "X-"}, "A"),
            ({"search": "a"}, "A"),
            ({"statuses": ["ACTIVE"]}, "A"),
            ({"tag": "eu"}, "c b"),
            ({"tag": "EU"}, ""),
            ({"runningAt": "2026-05-15T00:00:00Z"}, "c b"),
            ({"runningAt": "2026-06-15T00:00:00Z"}, "A b"),
            ({"runningAt": "2026-06-15T00:00:00Z", "tag": "eu"}, "b"),
            ({"creatorId": "garbage"}, ""),
        ],
    )
    async def test_they_are_searched_and_filtered(self, acme: Tenant, given: dict[str, Any], names: str) -> None:
        assert await list_names(acme, filter=given) == names

    async def test_those_of_a_creator_are_filtered_and_ordered_too(self, acme: Tenant) -> None:
        ada, bob = await make_creator(acme.account, "ada"), await make_creator(acme.account, "bob")
        for name in ("x", "Y", "z"):
            await join(acme.account, await make_campaign(acme.account, name), [ada])
        await join(acme.account, await make_campaign(acme.account, "other"), [bob])
        asked = """
            query ($filter: CampaignFilter, $orderBy: CampaignOrder) {
                creators(filter: { search: "ada" }) {
                    nodes { campaigns(filter: $filter, orderBy: $orderBy) { nodes { name } } }
                }
            }
        """
        bob_id = (await acme.ask('{ creators(filter: { search: "bob" }) { nodes { id } } }'))["creators"]["nodes"][0][
            "id"
        ]

        async def ask(**variables: Any) -> list[str]:
            [creator] = (await acme.ask(asked, **variables))["creators"]["nodes"]
            return [node["name"] for node in creator["campaigns"]["nodes"]]

        assert await ask(orderBy={"field": "NAME", "direction": "DESC"}) == ["z", "Y", "x"]
        assert await ask(filter={"search": "y"}) == ["Y"]
        assert await ask(filter={"creatorId": bob_id}) == []
