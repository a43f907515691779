"""Corrections on the graph: asked for by admins, shown with their change by campaign and creator, taken back."""

from typing import Any

import asyncpg
import pytest

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable
from tests.clicking import make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.statements import recorded_statements
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.bots.corrections.models import Correction
from tracking.bots.corrections.running import run_corrections
from tracking.campaigns.models import Stage
from tracking.history.models import HistoryEntry
from tracking.links.models import Link
from tracking.settings import Settings

pytestmark = pytest.mark.feature("TR25", "TR26", "TR27", "R4")

SHOWN = """
    id kind status isDryRun verdict ruleset note failure requestedBy { kind apiKeyName }
    progress { examined changing applied }
    undoes { id } undoneBy { id kind }
    changes {
        nodes {
            campaign { name } creator { handle }
            before { humanClicks uniqueClicks } after { humanClicks botClicks uniqueClicks }
            difference { totalClicks humanClicks botClicks countedClicks uniqueClicks uniqueMethods { hash } botRate }
        }
    }
"""
ERRORS = "... on UserError { code message path }"
RECLASSIFY = f"""
    mutation ($input: ReclassifyClicksInput!) {{
        reclassifyClicks(input: $input) {{ ... on ReclassifyClicksSuccess {{ correction {{ {SHOWN} }} }} {ERRORS} }}
    }}
"""
RESCORE = f"""
    mutation ($input: RescoreClicksInput!) {{
        rescoreClicks(input: $input) {{ ... on RescoreClicksSuccess {{ correction {{ {SHOWN} }} }} {ERRORS} }}
    }}
"""
UNDO = f"""
    mutation ($id: ID!) {{
        undoReclassification(input: {{ id: $id }}) {{
            ... on UndoReclassificationSuccess {{ correction {{ {SHOWN} }} }} {ERRORS}
        }}
    }}
"""
READ = f"query ($id: ID!) {{ node(id: $id) {{ ... on Correction {{ {SHOWN} }} }} }}"
LIST = "query ($filter: CorrectionFilter) { corrections(filter: $filter, first: 100) { nodes { kind isDryRun } } }"


async def make_clicked_link(tenant: Tenant, pool: asyncpg.Pool, clicks: int = 3) -> str:
    """Of the creator `anna` in the campaign Summer; answers with its global id."""
    creator, campaign = await make_creator(tenant.account, "anna"), await make_campaign(tenant.account)
    deliverable = await make_deliverable(tenant.account, campaign)
    await join(tenant.account, campaign, [creator], Stage.ACCEPTED)
    link = await Link.get(deliverable_id=deliverable.id)
    labels: dict[str, Any] = {"link_id": link.id, "campaign_id": campaign.id, "creator_id": creator.id}
    events = [make_event(tenant.account.id, visitor=visitor, **labels) for visitor in range(1, clicks + 1)]
    await store(pool, *events)
    found = await tenant.ask("{ links(first: 1) { nodes { id } } }")
    link_id: str = found["links"]["nodes"][0]["id"]
    return link_id


async def reclassify(tenant: Tenant, **given: object) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(RECLASSIFY, input={"verdict": "BOT", **given}))["reclassifyClicks"]
    return answer


async def read_done(tenant: Tenant, pool: asyncpg.Pool, correction: dict[str, Any]) -> dict[str, Any]:
    await run_corrections(pool, tenant.account.id)
    found: dict[str, Any] = (await tenant.ask(READ, id=correction["id"]))["node"]
    return found


async def test_it_answers_at_once_and_tells_later_what_changed_for_whom(acme: Tenant, pool: asyncpg.Pool) -> None:
    link = await make_clicked_link(acme, pool)

    asked = (await reclassify(acme, filter={"linkIds": [link]}, note="a scanner"))["correction"]
    done = await read_done(acme, pool, asked)

    assert asked["status"] == "COMPARING"
    assert (asked["progress"], asked["changes"]) == ({"examined": 0, "changing": 0, "applied": 0}, {"nodes": []})
    assert (done["kind"], done["status"], done["verdict"], done["ruleset"]) == ("RECLASSIFY", "APPLIED", "BOT", None)
    assert (done["note"], done["requestedBy"]) == ("a scanner", {"kind": "API_KEY", "apiKeyName": "test"})
    assert done["progress"] == {"examined": 3, "changing": 3, "applied": 3}
    assert done["changes"]["nodes"] == [
        {
            "campaign": {"name": "Summer"},
            "creator": {"handle": "anna"},
            "before": {"humanClicks": 3, "uniqueClicks": 3},
            "after": {"humanClicks": 0, "botClicks": 3, "uniqueClicks": 0},
            "difference": {
                "totalClicks": 0,
                "humanClicks": -3,
                "botClicks": 3,
                "countedClicks": -3,
                "uniqueClicks": -3,
                "uniqueMethods": {"hash": -3},
                "botRate": None,
            },
        }
    ]


async def test_a_verdict_is_taken_back_by_one_call_and_both_say_of_each_other(acme: Tenant, pool: asyncpg.Pool) -> None:
    link = await make_clicked_link(acme, pool)
    done = await read_done(acme, pool, (await reclassify(acme, filter={"linkIds": [link]}))["correction"])

    undo = (await acme.ask(UNDO, id=done["id"]))["undoReclassification"]["correction"]
    again = (await acme.ask(UNDO, id=done["id"]))["undoReclassification"]["correction"]
    undone = await read_done(acme, pool, undo)

    assert undo["id"] == again["id"]
    assert (undone["kind"], undone["status"], undone["undoes"]) == ("UNDO", "APPLIED", {"id": done["id"]})
    assert undone["changes"]["nodes"][0]["difference"]["uniqueClicks"] == 3
    assert (await acme.ask(READ, id=done["id"]))["node"]["undoneBy"] == {"id": undo["id"], "kind": "UNDO"}
    entries = await HistoryEntry.filter(subject_type="Correction").order_by("id")
    assert [(entry.action, entry.actor_kind.value) for entry in entries] == [
        ("REQUESTED", "API_KEY"),
        ("UNDONE", "API_KEY"),
    ]


async def test_clicks_are_scored_anew_by_an_older_ruleset(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_clicked_link(acme, pool)
    period = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}

    asked = (await acme.ask(RESCORE, input={"range": period, "ruleset": 1, "dryRun": True}))["rescoreClicks"]
    done = await read_done(acme, pool, asked["correction"])

    assert (done["kind"], done["status"], done["isDryRun"], done["ruleset"]) == ("RESCORE", "COMPARED", True, 1)
    assert done["progress"] == {"examined": 3, "changing": 0, "applied": 0}


@pytest.mark.parametrize(
    ("given", "message", "path"),
    [
        ({"filter": {}}, "say which clicks: an empty filter would mean all of them", ["filter"]),
        (
            {"filter": {}, "networks": ["203.0.113.7"]},
            "of an address no more than its /24 is stored: give 203.0.113.0/24, or a wider one",
            ["networks"],
        ),
        (
            {"filter": {"userAgentContains": "a\u0000b"}},
            "text holds a control character or half a character",
            ["filter", "text"],
        ),
        ({"filter": {"isCounted": True}, "note": "n" * 501}, "note has 501 characters: give at most 500", ["note"]),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_asked_for(
    acme: Tenant, given: dict[str, object], message: str, path: list[str]
) -> None:
    answer = await reclassify(acme, **given)

    assert answer == {"code": "INVALID_INPUT", "message": message, "path": path}
    assert await Correction.all().count() == 0


async def test_a_range_and_a_ruleset_have_to_be_possible(acme: Tenant) -> None:
    backwards = {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    period = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}

    answers = [
        (await acme.ask(RESCORE, input=given))["rescoreClicks"]
        for given in ({"range": backwards}, {"range": period, "ruleset": 99})
    ]

    assert [(answer["message"], answer["path"]) for answer in answers] == [
        ("the range ends before it begins", ["range"]),
        ("there is no ruleset 99: give one of 1, 2", ["ruleset"]),
    ]


@pytest.mark.feature("R11")
async def test_an_editor_may_not(acme: Tenant) -> None:
    editor = await create_api_key(acme.account.id, "editor", [Scope.READ, Scope.WRITE])
    given = {"filter": {"isCounted": True}, "verdict": "BOT"}

    refused = await acme.graph.refuse(RECLASSIFY, api_key=editor.token, input=given)

    assert refused == "FORBIDDEN"
    assert await Correction.all().count() == 0


async def test_lists_are_filtered(acme: Tenant, pool: asyncpg.Pool) -> None:
    link = await make_clicked_link(acme, pool)
    await reclassify(acme, filter={"linkIds": [link]})
    for _ in range(3):
        await reclassify(acme, filter={"linkIds": [link]}, verdict="SUSPECT", dryRun=True)
    await run_corrections(pool, acme.account.id)

    dry = await acme.ask(LIST, filter={"isDryRun": True, "kinds": ["RECLASSIFY"], "statuses": ["COMPARED"]})
    none = await acme.ask(LIST, filter={"kinds": ["UNDO"]})

    assert dry["corrections"]["nodes"] == [{"kind": "RECLASSIFY", "isDryRun": True}] * 3
    assert none["corrections"]["nodes"] == []


@pytest.mark.usefixtures("answered_once")
async def test_a_list_costs_as_many_statements_for_many_as_for_one(
    settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"{{ corrections(first: 100) {{ nodes {{ {SHOWN} }} }} }}"
    costs: list[list[str]] = []
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            for slug, count in (("few", 1), ("many", 4)):
                account = await make_brand(slug)
                tenant = Tenant(account, (await create_api_key(account.id, "test", [Scope.ADMIN])).token, graph)
                link = await make_clicked_link(tenant, pool)
                for _ in range(count):
                    asked = (await reclassify(tenant, filter={"linkIds": [link]}))["correction"]
                    await tenant.ask(UNDO, id=asked["id"])
                await run_corrections(pool, account.id)
                statements.clear()
                answer = await tenant.ask(page)
                costs.append(sorted(statements))
                assert len(answer["corrections"]["nodes"]) == 2 * count

    assert costs[0] == costs[1]
