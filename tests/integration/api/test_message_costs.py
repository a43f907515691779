"""What a mutation answers of recipients takes as many statements for many as for one."""

from typing import Any

import pytest

from api.ids import encode_id
from tests.brand import make_brand
from tests.graph import Graph, open_graph
from tests.messaging import make_contacts
from tests.statements import recorded_statements
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.settings import Settings

PREPARE = """
    mutation ($input: PrepareMessageInput!) {
        prepareMessage(input: $input) { ... on PrepareMessageSuccess { preparedMessage { id } } }
    }
"""
ADD = """
    mutation ($input: AddMessageRecipientsInput!) {
        addMessageRecipients(input: $input) {
            ... on AddMessageRecipientsSuccess { items { index ok node { contact { externalId } } } }
        }
    }
"""


async def add(graph: Graph, key: str, ids: list[Any]) -> list[dict[str, Any]]:
    given = {"name": "Hello", "channel": "EMAIL", "template": "Hi {{ contact.name }}"}
    message = (await graph.ask(PREPARE, api_key=key, input=given))["prepareMessage"]["preparedMessage"]
    recipients = {"messageId": message["id"], "recipients": {"contactIds": ids}}
    items: list[dict[str, Any]] = (await graph.ask(ADD, api_key=key, input=recipients))["addMessageRecipients"]["items"]
    return items


@pytest.mark.usefixtures("answered_once")
async def test_many_recipients_are_shown_in_as_many_statements_as_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: list[int] = []
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [Scope.READ, Scope.WRITE])).token
            contacts = [encode_id("Contact", contact.id) for contact in await make_contacts(account, 20)]
            await add(graph, key, contacts[:1])  # from now on the key's use is noted
            for count in (1, 20):
                statements.clear()
                items = await add(graph, key, contacts[:count])
                costs.append(len(statements))
                assert [(item["index"], item["ok"]) for item in items] == [(index, True) for index in range(count)]
                assert all(item["node"]["contact"] for item in items)

    assert costs[0] == costs[1]
