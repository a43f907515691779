"""Segments over the graph: kept, changed, archived, paged, exported and sent to."""

from typing import Any

import asyncpg
import pytest

from tests.exporting import export, read_csv
from tests.integration.api.conftest import Tenant
from tests.messaging import make_contacts
from tests.segmenting import click, send
from tracking.contacts.models import Contact
from tracking.messages.models import Message, MessageRecipient
from tracking.messages.preparing import prepare_recipients
from tracking.offers.models import Offer

pytestmark = pytest.mark.feature("TR18")

CREATE = """
    mutation ($input: CreateSegmentInput!) {
        createSegment(input: $input) {
            ... on CreateSegmentSuccess { segment { id name archivedAt } }
            ... on UserError { code path }
        }
    }
"""
UPDATE = """
    mutation ($input: UpdateSegmentInput!) {
        updateSegment(input: $input) {
            ... on UpdateSegmentSuccess { segment { name definition { match conditions { did } } } }
            ... on UserError { code path }
        }
    }
"""
ARCHIVE = """
    mutation ($id: ID!) {
        archiveSegment(input: { id: $id }) {
            ... on ArchiveSegmentSuccess { segment { archivedAt } }
            ... on UserError { code path }
        }
    }
"""
READ = """
    query ($id: ID!, $first: Int, $after: String) {
        segment(id: $id) {
            name count
            definition {
                match
                conditions {
                    did messageIds campaignId channel madeFrom madeBefore minimumClicks slots offerIds
                }
            }
            contacts(first: $first, after: $after) { nodes { externalId } pageInfo { hasNextPage endCursor } }
        }
    }
"""
LIST = "query ($filter: SegmentFilter) { segments(filter: $filter) { nodes { name } } }"
PREPARE = """
    mutation ($segmentId: ID!) {
        prepareMessage(input: {
            name: "Again", channel: EMAIL, template: "{{ offers.gift }}", recipients: { segmentId: $segmentId }
        }) {
            ... on PrepareMessageSuccess { preparedMessage { status } }
            ... on UserError { code path }
        }
    }
"""


@pytest.fixture
async def contacts(acme: Tenant) -> list[Contact]:
    return await make_contacts(acme.account, 5)


@pytest.fixture
async def message(acme: Tenant, contacts: list[Contact], pool: asyncpg.Pool) -> Message:
    """For c1 to c5, of whom c2 clicked."""
    for name in ("Bundle", "Gift"):
        await Offer.create(account_id=acme.account.id, name=name, destination_url="https://brand.example/")
    message = await send(acme.account, contacts)
    await click(pool, message, contacts[1])
    return message


async def create(tenant: Tenant, *conditions: dict[str, Any], **given: Any) -> dict[str, Any]:
    wanted = {"name": "Quiet", "definition": {"conditions": list(conditions)}, **given}
    answer: dict[str, Any] = (await tenant.ask(CREATE, input=wanted))["createSegment"]
    return answer


async def create_quiet(tenant: Tenant, **given: Any) -> str:
    """Who did not click; by the id."""
    answer = await create(tenant, {"did": "NOT_CLICKED"}, **given)
    segment_id: str = answer["segment"]["id"]
    return segment_id


class TestAsked:
    async def test_who_is_in_it_page_by_page(self, acme: Tenant, message: Message) -> None:
        assert message.recipients == 5
        segment_id = await create_quiet(acme)

        first = (await acme.ask(READ, id=segment_id, first=3))["segment"]
        cursor = first["contacts"]["pageInfo"]["endCursor"]
        rest = (await acme.ask(READ, id=segment_id, first=3, after=cursor))["segment"]

        assert int(first["count"]) == 4
        assert [node["externalId"] for node in first["contacts"]["nodes"]] == ["c1", "c3", "c4"]
        assert [node["externalId"] for node in rest["contacts"]["nodes"]] == ["c5"]
        assert (first["contacts"]["pageInfo"]["hasNextPage"], rest["contacts"]["pageInfo"]["hasNextPage"]) == (
            True,
            False,
        )

    async def test_a_definition_reads_as_it_was_written(self, acme: Tenant, message: Message) -> None:
        sent = await acme.ask("{ messages { nodes { id slots { offer { id } } } } }")
        [node] = sent["messages"]["nodes"]
        given = {
            "did": "CLICKED",
            "messageIds": [node["id"]],
            "campaignId": None,
            "channel": message.channel.value,
            "madeFrom": "2026-01-01T00:00:00Z",
            "madeBefore": "2046-01-02T00:00:00Z",
            "minimumClicks": 2,
            "slots": [1, 2],
            "offerIds": [node["slots"][0]["offer"]["id"]],
        }
        made = await create(acme, given, definition={"match": "ANY", "conditions": [given]})

        found = (await acme.ask(READ, id=made["segment"]["id"]))["segment"]["definition"]

        assert found == {"match": "ANY", "conditions": [given]}


class TestKept:
    async def test_a_repeat_with_the_same_key_makes_no_second_one(self, acme: Tenant) -> None:
        assert await create_quiet(acme, idempotencyKey="k") == await create_quiet(acme, idempotencyKey="k")

        conflict = await create(acme, {"did": "CLICKED"}, idempotencyKey="k")
        assert conflict["code"] == "IDEMPOTENCY_CONFLICT"
        assert len((await acme.ask(LIST))["segments"]["nodes"]) == 1

    async def test_it_can_be_changed_until_it_is_archived(self, acme: Tenant) -> None:
        segment_id = await create_quiet(acme)
        definition = {"match": "ANY", "conditions": [{"did": "CLICKED"}, {"did": "CONVERTED"}]}

        renamed = await acme.ask(UPDATE, input={"id": segment_id, "name": " Loud "})
        changed = await acme.ask(UPDATE, input={"id": segment_id, "definition": definition})
        archived = (await acme.ask(ARCHIVE, id=segment_id))["archiveSegment"]
        again = (await acme.ask(ARCHIVE, id=segment_id))["archiveSegment"]
        refused = await acme.ask(UPDATE, input={"id": segment_id, "name": "No"})

        assert renamed["updateSegment"]["segment"] == {
            "name": "Loud",
            "definition": {"match": "ALL", "conditions": [{"did": "NOT_CLICKED"}]},
        }
        assert changed["updateSegment"]["segment"] == {"name": "Loud", "definition": definition}
        assert archived == again
        assert archived["segment"]["archivedAt"] is not None
        assert refused["updateSegment"]["code"] == "ARCHIVED"
        assert (await acme.ask(LIST))["segments"]["nodes"] == []
        assert (await acme.ask(LIST, filter={"isArchived": True}))["segments"]["nodes"] == [{"name": "Loud"}]

    async def test_what_cannot_be_meant_names_its_place(self, acme: Tenant) -> None:
        refusals: dict[tuple[str, ...], list[dict[str, Any]]] = {
            ("definition", "conditions"): [],
            ("definition", "conditions", "0", "minimumClicks"): [{"did": "CONVERTED", "minimumClicks": 2}],
            ("definition", "conditions", "1", "slots"): [{"did": "CLICKED"}, {"did": "CLICKED", "slots": [21]}],
            ("definition", "conditions", "0", "offerIds"): [{"did": "RECEIVED", "offerIds": ["x"]}],
            ("definition", "conditions", "0", "messageIds"): [{"did": "CLICKED", "messageIds": []}],
            ("definition", "conditions", "0", "messageIds", "0"): [{"did": "CLICKED", "messageIds": ["x"]}],
            ("definition", "conditions", "0", "madeBefore"): [
                {"did": "CLICKED", "madeFrom": "2026-01-02T00:00:00Z", "madeBefore": "2026-01-02T00:00:00Z"}
            ],
        }
        for path, conditions in refusals.items():
            assert (await create(acme, *conditions))["path"] == list(path)
        assert (await create(acme, {"did": "CLICKED"}, name=" "))["path"] == ["name"]


class TestUsed:
    @pytest.mark.feature("IM21")
    async def test_it_is_exported(self, acme: Tenant, message: Message, pool: asyncpg.Pool) -> None:
        assert message.recipients == 5
        segment_id = await create_quiet(acme)

        done = await export(acme.ask, pool, kind="SEGMENT", parameters={"segmentId": segment_id})

        assert (done["status"], done["rowsTotal"], done["rowsDone"]) == ("COMPLETED", 4, 4)
        rows = read_csv((await acme.graph.client.get(done["downloadUrl"])).content)
        assert [row["external_id"] for row in rows] == ["c1", "c3", "c4", "c5"]
        assert rows[0]["name"] == "Contact 1"

    async def test_the_next_message_is_for_it(self, acme: Tenant, contacts: list[Contact], message: Message) -> None:
        segment_id = await create_quiet(acme)

        answer = (await acme.ask(PREPARE, segmentId=segment_id))["prepareMessage"]
        assert answer == {"preparedMessage": {"status": "PREPARING"}}
        again = await Message.exclude(id=message.id).get()
        await prepare_recipients(again.id)

        rows = await MessageRecipient.filter(message_id=again.id).order_by("position")
        assert [row.contact_id for row in rows] == [contacts[place].id for place in (0, 2, 3, 4)]
