from typing import Any

import asyncpg
import pytest

from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tracking.changes.rules import ChangeKind

SETTINGS = """
    timezone isTimezoneLocked currency attributionWindowDays attributionModel creatorParameter usesVisitorCookie
    retentionDays allowedOrigins countedKinds approvesUnverified capPerLinkHour
"""
READ = f"{{ viewer {{ account {{ name timezone currency settings {{ {SETTINGS} }} }} }} }}"
UPDATE = f"""
    mutation ($input: UpdateAccountSettingsInput!) {{
        updateAccountSettings(input: $input) {{
            __typename
            ... on UpdateAccountSettingsSuccess {{ account {{ name timezone currency settings {{ {SETTINGS} }} }} }}
            ... on UserError {{ code path }}
        }}
    }}
"""
HISTORY = """
    query ($first: Int, $after: String, $last: Int, $order: HistoryOrder! = NEWEST_FIRST) {
        viewer {
            account {
                history(first: $first, after: $after, last: $last, orderBy: $order) {
                    nodes {
                        at action
                        actor { kind apiKeyName apiKeyPrefix user { name } creator { handle } }
                        changes { field before after }
                    }
                    pageInfo { hasNextPage endCursor }
                }
            }
        }
    }
"""
DEFAULTS = {
    "timezone": "UTC",
    "isTimezoneLocked": False,
    "currency": "USD",
    "attributionWindowDays": 28,
    "attributionModel": "FIRST_CLICK",
    "creatorParameter": "creator",
    "usesVisitorCookie": False,
    "retentionDays": 400,
    "allowedOrigins": [],
    "countedKinds": ["LEAD", "SALE", "INSTALL", "SIGNUP", "CUSTOM"],
    "approvesUnverified": False,
    "capPerLinkHour": 10_000,
}


async def update(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(UPDATE, input=given))["updateAccountSettings"]
    return answer


async def read_history(tenant: Tenant, **arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await tenant.ask(HISTORY, **arguments))["viewer"]["account"]["history"]
    return found


class TestSettings:
    async def test_a_new_account_has_the_usual_ones(self, acme: Tenant) -> None:
        account = (await acme.ask(READ))["viewer"]["account"]

        assert account == {"name": "Acme", "timezone": "UTC", "currency": "USD", "settings": DEFAULTS}

    @pytest.mark.feature("LO5")
    async def test_what_is_given_changes_and_the_rest_stays(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        given = {
            "timezone": "Europe/Berlin",
            "creatorParameter": "ref",
            "attributionModel": "LAST_CLICK",
            "allowedOrigins": ["https://app.example"],
            "countedKinds": ["SALE", "REBILL"],
            "approvesUnverified": True,
            "capPerLinkHour": 0,
        }

        answer = await update(acme, name="Acme Inc", **given)

        account = {"name": "Acme Inc", "timezone": "Europe/Berlin", "currency": "USD"}
        assert answer["account"] == {**account, "settings": {**DEFAULTS, **given}}
        assert (await acme.ask(READ))["viewer"]["account"] == answer["account"]
        kinds = [row["kind"] for row in await pool.fetch("SELECT kind FROM change_log")]
        assert kinds == [ChangeKind.ACCOUNT]

    async def test_after_the_first_click_the_zone_is_locked(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await store(pool, make_event(acme.account.id))

        answer = await update(acme, timezone="Europe/Berlin")

        assert answer == {"__typename": "TimeZoneLocked", "code": "TIME_ZONE_LOCKED", "path": ["timezone"]}
        assert (await acme.ask(READ))["viewer"]["account"]["settings"] == {**DEFAULTS, "isTimezoneLocked": True}

    @pytest.mark.parametrize(
        ("given", "path"),
        [
            ({"retentionDays": 34}, ["retentionDays"]),
            ({"creatorParameter": "ct"}, ["creatorParameter"]),
            ({"allowedOrigins": ["https://app.example/"]}, ["allowedOrigins", "0"]),
            ({"countedKinds": []}, ["countedKinds"]),
            ({"countedKinds": ["SALE", "REFUND"]}, ["countedKinds"]),
            ({"capPerLinkHour": -1}, ["capPerLinkHour"]),
        ],
    )
    async def test_what_is_wrong_is_data_and_changes_nothing(
        self, acme: Tenant, given: dict[str, Any], path: list[str]
    ) -> None:
        answer = await update(acme, currency="EUR", **given)

        assert (answer["code"], answer["path"]) == ("INVALID_INPUT", path)
        assert (await acme.ask(READ))["viewer"]["account"]["settings"] == DEFAULTS


class TestHistory:
    async def test_a_change_names_the_key_and_every_field(self, acme: Tenant) -> None:
        await update(acme, usesVisitorCookie=True, currency="EUR", allowedOrigins=["https://app.example"])

        [entry] = (await read_history(acme))["nodes"]

        assert entry.pop("at") is not None
        assert entry == {
            "action": "UPDATED",
            "actor": {
                "kind": "API_KEY",
                "apiKeyName": "test",
                "apiKeyPrefix": acme.key[8:16],
                "user": None,
                "creator": None,
            },
            "changes": [
                {"field": "allowedOrigins", "before": "[]", "after": '["https://app.example"]'},
                {"field": "currency", "before": "USD", "after": "EUR"},
                {"field": "usesVisitorCookie", "before": "false", "after": "true"},
            ],
        }

    async def test_it_is_read_in_pages_from_either_end(self, acme: Tenant) -> None:
        for days in (50, 60, 70):
            await update(acme, retentionDays=days)

        first = await read_history(acme, first=2)
        second = await read_history(acme, first=2, after=first["pageInfo"]["endCursor"])
        oldest = await read_history(acme, first=1, order="OLDEST_FIRST")
        last = await read_history(acme, last=1)

        pages = [[node["changes"][0]["after"] for node in page["nodes"]] for page in (first, second, oldest, last)]
        assert pages == [["70", "60"], ["50"], ["50"], ["50"]]
        assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)

    @pytest.mark.feature("R11")
    async def test_another_account_has_its_own(self, acme: Tenant, other: Tenant) -> None:
        await update(acme, currency="EUR")

        assert (await read_history(other))["nodes"] == []
