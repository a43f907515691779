"""Who changed what, whatever credential it was, in a constant number of statements."""

import re

import pytest

from api.ids import encode_id
from tests.brand import make_brand, make_creator
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.statements import recorded_statements
from tracking.accounts.account_settings import update_account_settings
from tracking.accounts.models import Role, Scope, User
from tracking.accounts.service import create_api_key
from tracking.history.actors import Actor, acting_as
from tracking.history.models import ActorKind
from tracking.settings import Settings

HISTORY = """
    {
        viewer {
            account {
                history {
                    nodes {
                        actor { kind apiKeyName apiKeyPrefix user { name role } creator { handle } }
                        changes { field before after }
                    }
                }
            }
        }
    }
"""
SESSION = """
    mutation ($user: ID!) {
        createSessionToken(input: { userId: $user }) { ... on CreateSessionTokenSuccess { token } }
    }
"""
UPDATE = """
    mutation {
        updateAccountSettings(input: { currency: "EUR" }) { ... on UpdateAccountSettingsSuccess { account { id } } }
    }
"""


async def change_retention(tenant: Tenant, days: int, actor: Actor) -> None:
    with acting_as(actor):
        await update_account_settings(tenant.account.id, {"retention_days": days})


async def test_a_session_of_a_user_acts_as_the_user(acme: Tenant) -> None:
    ann = await User.create(account_id=acme.account.id, name="Ann", role=Role.ADMIN)
    session = await acme.ask(SESSION, user=encode_id("User", ann.id))
    await acme.graph.ask(UPDATE, api_key=session["createSessionToken"]["token"])

    [entry] = (await acme.ask(HISTORY))["viewer"]["account"]["history"]["nodes"]

    assert entry == {
        "actor": {
            "kind": "USER",
            "apiKeyName": None,
            "apiKeyPrefix": None,
            "user": {"name": "Ann", "role": "ADMIN"},
            "creator": None,
        },
        "changes": [{"field": "currency", "before": "USD", "after": "EUR"}],
    }


async def test_the_service_itself_and_a_creator_have_no_key(acme: Tenant) -> None:
    creator = await make_creator(acme.account, "anna")
    await change_retention(acme, 50, Actor(ActorKind.CREATOR, creator.id))
    await change_retention(acme, 60, Actor(ActorKind.SYSTEM))

    nodes = (await acme.ask(HISTORY))["viewer"]["account"]["history"]["nodes"]

    nobody = {"apiKeyName": None, "apiKeyPrefix": None, "user": None, "creator": None}
    assert [node["actor"] for node in nodes] == [
        {"kind": "SYSTEM", **nobody},
        {"kind": "CREATOR", **nobody, "creator": {"handle": "anna"}},
    ]


@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.usefixtures("answered_once")
async def test_any_number_of_actors_takes_five_statements(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            acme = Tenant(account, (await create_api_key(account.id, "test", [Scope.READ])).token, graph)
            for number in range(count):
                key = await create_api_key(account.id, f"key {number}", [Scope.READ])
                user = await User.create(account_id=account.id, name=f"User {number}", role=Role.VIEWER)
                await change_retention(acme, 100 + number, Actor(ActorKind.API_KEY, key.row.id))
                await change_retention(acme, 200 + number, Actor(ActorKind.USER, user.id))
            await acme.ask("{ viewer { scopes } }")  # from now on the key's use is noted

            statements.clear()
            found = await acme.ask(HISTORY)

    assert len(found["viewer"]["account"]["history"]["nodes"]) == 2 * count
    read = [re.findall(r'FROM "?(\w+)', statement)[-1] for statement in statements]
    assert read[:3] == ["api_key", "account", "history_entry"]
    assert sorted(read[3:]) == ["api_key", "user_of_account"]  # asked for side by side
