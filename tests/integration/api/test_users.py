from typing import Any

import pytest

from tests.integration.api.conftest import Tenant
from tracking.accounts.models import User

CREATE = """
    mutation ($input: CreateUsersInput!) {
        createUsers(input: $input) {
            __typename
            ... on CreateUsersSuccess {
                items { index ok node { id name externalId role archivedAt } errors { code path } }
            }
            ... on UserError { code path }
        }
    }
"""
UPDATE = """
    mutation ($input: UpdateUserInput!) {
        updateUser(input: $input) {
            __typename
            ... on UpdateUserSuccess {
                user { name externalId role history { nodes { action changes { field before after } } } }
            }
            ... on UserError { code path }
        }
    }
"""
ARCHIVE = """
    mutation ($id: ID!) {
        archiveUser(input: { id: $id }) {
            __typename
            ... on ArchiveUserSuccess { user { archivedAt } }
            ... on UserError { code path }
        }
    }
"""
LIST = """
    query ($filter: UserFilter, $order: UserOrder, $first: Int, $after: String, $last: Int, $before: String) {
        users(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
            nodes { name }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }
"""
NODE = "query ($id: ID!) { node(id: $id) { __typename ... on User { name } } }"


async def create(tenant: Tenant, *users: dict[str, Any], **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(CREATE, input={"users": users, **given}))["createUsers"]
    return answer


async def add(tenant: Tenant, name: str, **given: Any) -> str:
    [item] = (await create(tenant, {"name": name, **given}))["items"]
    user_id: str = item["node"]["id"]
    return user_id


async def update(tenant: Tenant, user_id: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(UPDATE, input={"id": user_id, **given}))["updateUser"]
    return answer


async def archive(tenant: Tenant, user_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(ARCHIVE, id=user_id))["archiveUser"]
    return answer


async def list_names(tenant: Tenant, **arguments: Any) -> list[str]:
    return [node["name"] for node in (await tenant.ask(LIST, **arguments))["users"]["nodes"]]


class TestCreating:
    @pytest.mark.feature("IM6")
    async def test_every_user_answers_for_itself(self, acme: Tenant) -> None:
        await add(acme, "Ann", externalId="emp-1")

        answer = await create(
            acme,
            {"name": "Ben", "externalId": "emp-2", "role": "EDITOR"},
            {"name": "Ann again", "externalId": "emp-1"},
            {"name": ""},
        )

        answer["items"][0]["node"].pop("id")
        ben = {"name": "Ben", "externalId": "emp-2", "role": "EDITOR", "archivedAt": None}
        assert answer["items"] == [
            {"index": 0, "ok": True, "node": ben, "errors": []},
            {
                "index": 1,
                "ok": False,
                "node": None,
                "errors": [{"code": "TAKEN", "path": ["users", "1", "externalId"]}],
            },
            {
                "index": 2,
                "ok": False,
                "node": None,
                "errors": [{"code": "INVALID_INPUT", "path": ["users", "2", "name"]}],
            },
        ]

    async def test_a_repeat_answers_the_same(self, acme: Tenant) -> None:
        users = ({"name": "Ann", "externalId": "emp-1"}, {"name": "Ann", "externalId": "emp-1"})

        first = await create(acme, *users, idempotencyKey="k")
        again = await create(acme, *users, idempotencyKey="k")
        conflict = await create(acme, {"name": "Ben"}, idempotencyKey="k")

        assert again == first
        assert conflict["code"] == "IDEMPOTENCY_CONFLICT"
        assert await User.all().count() == 1


class TestChanging:
    @pytest.mark.feature("IM6")
    async def test_name_and_role_change_with_history(self, acme: Tenant) -> None:
        user_id = await add(acme, "Ann", externalId="emp-1")

        user = (await update(acme, user_id, name="Anna", role="ADMIN"))["user"]

        changed, created = user.pop("history")["nodes"]
        assert user == {"name": "Anna", "externalId": "emp-1", "role": "ADMIN"}
        assert changed == {
            "action": "UPDATED",
            "changes": [
                {"field": "name", "before": "Ann", "after": "Anna"},
                {"field": "role", "before": "VIEWER", "after": "ADMIN"},
            ],
        }
        assert created["action"] == "CREATED"

    async def test_whoever_is_archived_changes_no_more(self, acme: Tenant) -> None:
        user_id = await add(acme, "Ann")

        first = await archive(acme, user_id)
        again = await archive(acme, user_id)
        refused = await update(acme, user_id, name="Anna")

        assert first["user"]["archivedAt"] is not None
        assert again == first
        assert (refused["code"], refused["path"]) == ("ARCHIVED", ["id"])

    @pytest.mark.feature("R11")
    async def test_a_user_of_another_account_is_an_unknown_one(self, acme: Tenant, other: Tenant) -> None:
        foreign = await add(other, "Zoe")

        for user_id in (foreign, "garbage"):
            for answer in (await update(acme, user_id, name="Mine"), await archive(acme, user_id)):
                assert (answer["code"], answer["path"]) == ("NOT_FOUND", ["id"])
            assert await acme.ask(NODE, id=user_id) == {"node": None}
        assert await other.ask(NODE, id=foreign) == {"node": {"__typename": "User", "name": "Zoe"}}


class TestListing:
    @pytest.fixture
    async def people(self, acme: Tenant) -> None:
        for name, role in (("ben", "EDITOR"), ("Ann", "VIEWER"), ("Cy", "ADMIN"), ("Dee", "VIEWER")):
            user_id = await add(acme, name, externalId=f"emp_{name}", role=role)
        await archive(acme, user_id)

    @pytest.mark.usefixtures("people")
    @pytest.mark.parametrize(
        ("arguments", "names"),
        [
            ({}, ["Ann", "ben", "Cy"]),
            ({"filter": {}}, ["Ann", "ben", "Cy"]),
            ({"filter": {"isArchived": None}}, ["Ann", "ben", "Cy", "Dee"]),
            ({"filter": {"isArchived": True}}, ["Dee"]),
            ({"filter": {"search": "E"}}, ["Ann", "ben", "Cy"]),
            ({"filter": {"search": "_B"}}, ["ben"]),
            ({"filter": {"search": "%"}}, []),
            ({"filter": {"externalIds": ["emp_Cy", "emp_Ann", "x"]}}, ["Ann", "Cy"]),
            ({"filter": {"externalIds": ["\0"]}}, []),
            ({"filter": {"roles": ["VIEWER", "ADMIN"]}}, ["Ann", "Cy"]),
            ({"order": {"field": "NAME", "direction": "DESC"}}, ["Cy", "ben", "Ann"]),
            ({"order": {"field": "CREATED_AT"}}, ["ben", "Ann", "Cy"]),
        ],
    )
    async def test_filters_and_orders(self, acme: Tenant, arguments: dict[str, Any], names: list[str]) -> None:
        assert await list_names(acme, **arguments) == names

    @pytest.mark.usefixtures("people")
    @pytest.mark.parametrize("order", [{"field": "NAME"}, {"field": "CREATED_AT", "direction": "DESC"}])
    async def test_pages_meet_without_gap_or_overlap(self, acme: Tenant, order: dict[str, str]) -> None:
        names = await list_names(acme, order=order)

        first = (await acme.ask(LIST, order=order, first=2))["users"]
        second = (await acme.ask(LIST, order=order, first=2, after=first["pageInfo"]["endCursor"]))["users"]
        back = (await acme.ask(LIST, order=order, last=2, before=second["pageInfo"]["startCursor"]))["users"]

        assert [node["name"] for page in (first, second) for node in page["nodes"]] == names
        assert back["nodes"] == first["nodes"]

    @pytest.mark.usefixtures("people")
    @pytest.mark.feature("R11")
    async def test_another_account_has_its_own(self, other: Tenant) -> None:
        assert await list_names(other, filter={}) == []
