from typing import Any

import pytest

from tests.brand import make_creator
from tests.integration.api.conftest import Tenant

ADD = """
    mutation ($input: AddCreatorProfileInput!) {
        addCreatorProfile(input: $input) {
            __typename
            ... on AddCreatorProfileSuccess { profile { id platform handle url followers } }
            ... on UserError { code path }
        }
    }
"""
UPDATE = """
    mutation ($input: UpdateCreatorProfileInput!) {
        updateCreatorProfile(input: $input) {
            ... on UpdateCreatorProfileSuccess { profile { platform handle url followers asOf } }
            ... on UserError { code path }
        }
    }
"""
REMOVE = """
    mutation ($id: ID!) {
        removeCreatorProfile(input: { id: $id }) {
            ... on RemoveCreatorProfileSuccess { creator { handle profiles { id } } }
            ... on UserError { code path }
        }
    }
"""
RECORD = """
    mutation ($input: RecordFollowerCountsInput!) {
        recordFollowerCounts(input: $input) {
            ... on RecordFollowerCountsSuccess { items { index ok node { followers asOf } errors { code path } } }
            ... on UserError { code path }
        }
    }
"""
COUNTS = """
    query ($id: ID!, $from: Date, $to: Date, $orderBy: OrderDirection = DESC, $first: Int, $after: String) {
        node(id: $id) { ... on Profile {
            followers asOf
            followerCounts(from: $from, to: $to, orderBy: $orderBy, first: $first, after: $after) {
                nodes { countedOn followers } pageInfo { endCursor hasNextPage }
            }
        } }
    }
"""


@pytest.fixture
async def profile_id(acme: Tenant) -> str:
    await make_creator(acme.account, "ada")
    creator_id = (await acme.ask("{ creators { nodes { id } } }"))["creators"]["nodes"][0]["id"]
    given = {"creatorId": creator_id, "platform": "TIKTOK", "handle": "@ada"}
    profile = (await acme.ask(ADD, input=given))["addCreatorProfile"]["profile"]
    global_id: str = profile.pop("id")
    assert profile == {"platform": "TIKTOK", "handle": "ada", "url": None, "followers": None}
    assert (await acme.ask(ADD, input=given))["addCreatorProfile"]["code"] == "TAKEN"
    return global_id


async def record(tenant: Tenant, profile_id: str, **followers_by_day: int) -> list[dict[str, Any]]:
    """Days as `d3`: the third of May 2026."""
    counts = [
        {"profileId": profile_id, "countedOn": f"2026-05-{int(day[1:]):02}", "followers": followers}
        for day, followers in followers_by_day.items()
    ]
    items: list[dict[str, Any]] = (await tenant.ask(RECORD, input={"counts": counts}))["recordFollowerCounts"]["items"]
    return items


@pytest.mark.feature("CU5")
async def test_every_count_keeps_its_day_and_the_newest_day_is_the_newest_count(acme: Tenant, profile_id: str) -> None:
    await record(acme, profile_id, d3=300, d1=100)
    [item] = await record(acme, profile_id, d2=200)

    assert item == {"index": 0, "ok": True, "node": {"followers": 300, "asOf": "2026-05-03"}, "errors": []}
    counts = (await acme.ask(COUNTS, id=profile_id))["node"]["followerCounts"]["nodes"]
    assert [(each["countedOn"], each["followers"]) for each in counts] == [
        ("2026-05-03", 300),
        ("2026-05-02", 200),
        ("2026-05-01", 100),
    ]


@pytest.mark.feature("CU5")
async def test_counts_are_bounded_by_days_and_paged(acme: Tenant, profile_id: str) -> None:
    await record(acme, profile_id, **{f"d{day}": day for day in range(1, 8)})
    bounds = {"id": profile_id, "from": "2026-05-02", "to": "2026-05-05", "orderBy": "ASC", "first": 3}

    first = (await acme.ask(COUNTS, **bounds))["node"]["followerCounts"]
    rest = (await acme.ask(COUNTS, **bounds, after=first["pageInfo"]["endCursor"]))["node"]["followerCounts"]

    assert [each["followers"] for page in (first, rest) for each in page["nodes"]] == [2, 3, 4, 5]
    assert rest["pageInfo"]["hasNextPage"] is False


async def test_one_bad_count_does_not_hold_up_the_others(acme: Tenant, profile_id: str) -> None:
    good = {"profileId": profile_id, "countedOn": "2026-05-01", "followers": 5}
    counts = [good, {**good, "followers": -1}, {**good, "profileId": "garbage"}]

    items = (await acme.ask(RECORD, input={"counts": counts}))["recordFollowerCounts"]["items"]

    assert [(item["ok"], item["errors"]) for item in items] == [
        (True, []),
        (False, [{"code": "INVALID_INPUT", "path": ["counts", "1", "followers"]}]),
        (False, [{"code": "NOT_FOUND", "path": ["counts", "2", "profileId"]}]),
    ]


async def test_a_profile_is_changed_and_removed(acme: Tenant, profile_id: str) -> None:
    await record(acme, profile_id, d1=100)

    changed = await acme.ask(UPDATE, input={"id": profile_id, "handle": "ada2", "url": "https://video.example/ada2"})
    removed = await acme.ask(REMOVE, id=profile_id)

    assert changed["updateCreatorProfile"]["profile"] == {
        "platform": "TIKTOK",
        "handle": "ada2",
        "url": "https://video.example/ada2",
        "followers": 100,
        "asOf": "2026-05-01",
    }
    assert removed["removeCreatorProfile"]["creator"] == {"handle": "ada", "profiles": []}
    assert (await acme.ask(COUNTS, id=profile_id))["node"] is None


@pytest.mark.feature("R11")
async def test_the_profile_of_another_account_is_unknown(acme: Tenant, other: Tenant, profile_id: str) -> None:
    assert (await other.ask(COUNTS, id=profile_id))["node"] is None
    assert (await other.ask(REMOVE, id=profile_id))["removeCreatorProfile"]["code"] == "NOT_FOUND"
    assert (await acme.ask(COUNTS, id=profile_id))["node"] is not None
