"""Each click says in words, and in points, why it counts or not, and what changed that later."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from api.ids import encode_id
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tests.tenancy.furniture import furnish
from tracking.bots.corrections.models import Correction, CorrectionKind, CorrectionStatus
from tracking.bots.policies.models import BotPolicyVersion
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
from tracking.clicks.ids import read_click_time
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import now_ms, utc_now

pytestmark = pytest.mark.feature("TR25", "R4")

CLICK = """
    query ($id: ID!) { node(id: $id) { ... on Click {
        counting explanation visitorMethod hostingProvider country uniqueHolder { id }
        message { id } contact { id } sharer { id } offer { id }
        verdict { verdict class score ruleset reasons { code text weight } }
        reclassifications {
            cause correction { note }
            before { verdict class score reasons ruleset isCounted } after { verdict class reasons isCounted }
        }
    } } }
"""
DOUBTFUL: dict[str, Any] = {"facts": Fact.CLIENT_HINTS_MISMATCH, "visitor": 2}
OF_CONTACT: dict[str, Any] = {"message_id": 4, "contact_id": 9}


async def look_at(tenant: Tenant, click_id: UUID) -> dict[str, Any]:
    node: dict[str, Any] = (await tenant.ask(CLICK, id=encode_id("Click", click_id)))["node"]
    return node


async def record(tenant: Tenant, pool: asyncpg.Pool, **changes: Any) -> UUID:
    [click_id] = (await store(pool, make_event(tenant.account.id, **changes))).stored
    return click_id


async def set_policy(tenant: Tenant, overrides: str) -> None:
    long_ago = utc_now() - dt.timedelta(days=30)
    await BotPolicyVersion.create(account=tenant.account, overrides=overrides, effective_at=long_ago)


async def decide(tenant: Tenant, pool: asyncpg.Pool, click_id: UUID, verdict: Verdict, note: str = "") -> Correction:
    """A person's verdict on one click, applied to it."""
    correction = await Correction.create(
        account=tenant.account,
        kind=CorrectionKind.RECLASSIFY,
        status=CorrectionStatus.APPLYING,
        is_dry_run=False,
        wanted="{}",
        verdict=verdict,
        note=note,
        until_click_id=uuid4(),
    )
    await pool.execute(
        "INSERT INTO click_label (click_id, correction_id, account_id, verdict) VALUES ($1, $2, $3, $4)",
        click_id,
        correction.id,
        tenant.account.id,
        verdict,
    )
    learned = {click_id: Learned(labels_changed=True)}
    await relabel_clicks(pool, tenant.account.id, learned, Cause.RECLASSIFY, correction.id)
    return correction


CONTRADICTION = "Seen: its browser's name and its client hints contradict each other."


@pytest.mark.parametrize(
    ("changes", "told", "seen"),
    [
        ({}, "Counted as unique: the first counted click of this visitor on this link on ", "."),
        (
            DOUBTFUL,
            "Counted as unique: ",
            f". It may be a program; the policy counts such clicks here. {CONTRADICTION}",
        ),
        (
            {**DOUBTFUL, **OF_CONTACT},
            "Not counted: it may be a program, and the policy counts no such clicks here. ",
            f". {CONTRADICTION}",
        ),
        ({"facts": Fact.CONFIRMATION_ASKED}, "Not counted: nobody continued past the page that asks to.", " asks to."),
        ({"facts": Fact.HEAD}, "Not counted: it is a program. Seen: it asked for headers only (HEAD), as ", "."),
        ({"facts": Fact.PREFETCH}, "Not counted: it is a prefetch. Seen: a browser fetched it ahead of a click", "."),
        (
            {"user_agent": b"WhatsApp/2.23.20.0"},
            "Not counted: it is a preview. Seen: ",
            "to show a preview of the link.",
        ),
        ({"facts": Fact.TEST}, "Not counted: it is a test. Seen: its link is a test link, or somebody sent it", "."),
    ],
)
async def test_it_says_what_the_rules_made_of_it(
    acme: Tenant, pool: asyncpg.Pool, changes: dict[str, Any], told: str, seen: str
) -> None:
    click = await look_at(acme, await record(acme, pool, **changes))

    assert click["explanation"].startswith(told)
    assert click["explanation"].endswith(seen)


@pytest.mark.feature("TR26")
async def test_it_says_that_a_policy_counts_programs(acme: Tenant, pool: asyncpg.Pool) -> None:
    await set_policy(acme, '{"mode": "OFF"}')

    click = await look_at(acme, await record(acme, pool, facts=Fact.HEAD))

    assert click["counting"] == "UNIQUE"
    assert ". It is a program; the policy counts these as well. Seen: it asked for headers" in click["explanation"]


@pytest.mark.feature("R5", "TR8")
@pytest.mark.parametrize("whose", [{}, OF_CONTACT])
async def test_a_repeat_says_when_the_click_was_that_holds_the_unique(
    acme: Tenant, pool: asyncpg.Pool, whose: dict[str, Any]
) -> None:
    at_ms = now_ms() - 1_000
    first = make_event(acme.account.id, at_ms=at_ms, **whose)
    again: ClickEvent = make_event(acme.account.id, at_ms=at_ms + 500, visitor_day=first.visitor_day, **whose)
    holder, repeat = (await store(pool, first, again)).stored

    click = await look_at(acme, repeat)

    span = "contact on this message" if whose else f"visitor on this link on {read_click_time(holder):%Y-%m-%d}"
    at = f"{read_click_time(holder):%Y-%m-%d %H:%M:%S}.{at_ms % 1000:03d} UTC"
    assert click["explanation"] == f"Counted as a repeat: the first counted click of this {span} is that of {at}."
    assert click["uniqueHolder"] == {"id": encode_id("Click", holder)}


@pytest.mark.feature("TR26")
async def test_reasons_have_the_points_that_they_had(acme: Tenant, pool: asyncpg.Pool) -> None:
    await set_policy(acme, '{"weights": {"CLIENT_HINTS_MISMATCH": 80}}')
    click_id = await record(acme, pool, **DOUBTFUL)
    before = (await look_at(acme, click_id))["verdict"]
    await decide(acme, pool, click_id, Verdict.BOT)

    after = (await look_at(acme, click_id))["verdict"]

    doubt = {
        "code": "CLIENT_HINTS_MISMATCH",
        "text": "its browser's name and its client hints contradict each other",
        "weight": 80,
    }
    manual = {"code": "MANUAL", "text": "somebody of the account decided so", "weight": 0}
    assert before == {"verdict": "SUSPECT", "class": "NONE", "score": 80, "ruleset": 2, "reasons": [doubt]}
    assert after == {"verdict": "BOT", "class": "NONE", "score": 80, "ruleset": 2, "reasons": [doubt, manual]}


async def test_a_persons_verdict_is_told_with_its_note_until_it_is_taken_back(acme: Tenant, pool: asyncpg.Pool) -> None:
    click_id = await record(acme, pool)
    done = await decide(acme, pool, click_id, Verdict.BOT, note="our own monitoring")
    decided = await look_at(acme, click_id)
    undo = await Correction.create(
        account=acme.account,
        kind=CorrectionKind.UNDO,
        status=CorrectionStatus.APPLYING,
        is_dry_run=False,
        wanted="{}",
        undoes_id=done.id,
        until_click_id=uuid4(),
    )
    await relabel_clicks(pool, acme.account.id, {click_id: Learned(labels_changed=True)}, Cause.UNDO, undo.id)

    undone = await look_at(acme, click_id)

    assert decided["explanation"] == (
        "Not counted: it is a program. Somebody of the account decided that it is a program's: “our own monitoring”."
    )
    assert "decided" not in undone["explanation"]
    human = {"verdict": "HUMAN", "class": "NONE", "reasons": [], "isCounted": True}
    bot = {"verdict": "BOT", "class": "NONE", "reasons": ["MANUAL"], "isCounted": False}
    assert undone["reclassifications"] == [
        {
            "cause": "RECLASSIFY",
            "correction": {"note": "our own monitoring"},
            "before": {**human, "score": 0, "ruleset": 2},
            "after": bot,
        },
        {"cause": "UNDO", "correction": {"note": ""}, "before": {**bot, "score": 0, "ruleset": 2}, "after": human},
    ]


async def test_one_that_was_judged_again_says_by_what(acme: Tenant, pool: asyncpg.Pool) -> None:
    click_id = await record(acme, pool, **DOUBTFUL)
    at = dt.datetime(2026, 11, 20, 12, 30, tzinfo=dt.UTC)

    await relabel_clicks(pool, acme.account.id, {click_id: Learned(ruleset=1, policy_at=at)}, Cause.RESCORE)

    click = await look_at(acme, click_id)
    assert click["explanation"].endswith(
        ". Judged again under ruleset 1 and the policy of 2026-11-20 12:30:00.000 UTC."
    )
    assert [(each["cause"], each["after"]["verdict"]) for each in click["reclassifications"]] == [("RESCORE", "HUMAN")]


@pytest.mark.feature("TR25")
async def test_later_evidence_is_told_with_its_cause(acme: Tenant, pool: asyncpg.Pool) -> None:
    click_id = await record(acme, pool)

    honeypot = Learned(evidence=int(Reason.HONEYPOT))
    await relabel_clicks(pool, acme.account.id, {click_id: honeypot}, Cause.BEHAVIOUR)

    click = await look_at(acme, click_id)
    assert click["explanation"] == "Not counted: it is a program. Seen: it opened a link that no person sees."
    assert [each["cause"] for each in click["reclassifications"]] == ["BEHAVIOUR"]
    assert click["verdict"]["class"] == "SCANNER"


@pytest.mark.feature("TR3")
async def test_it_names_message_contact_sharer_and_offer(acme: Tenant, pool: asyncpg.Pool) -> None:
    nodes = (await furnish(acme.account, pool)).nodes

    click = (await acme.ask(CLICK, id=nodes["Click"]))["node"]

    assert {name: click[name]["id"] for name in ("message", "contact", "sharer", "offer")} == {
        "message": nodes["Message"],
        "contact": nodes["Contact"],
        "sharer": nodes["User"],
        "offer": nodes["Offer"],
    }


async def test_it_names_the_hosting_provider_and_the_country_where_they_are_known(
    acme: Tenant, pool: asyncpg.Pool
) -> None:
    known, unknown = await record(acme, pool), await record(acme, pool, visitor_method=VisitorMethod.COOKIE)
    await pool.execute(
        "WITH provider AS (INSERT INTO hosting_provider (name) VALUES ('Example Cloud') RETURNING id)"
        " UPDATE click SET hosting_provider_id = provider.id, country = 'DE' FROM provider WHERE click.id = $1",
        known,
    )

    clicks = [await look_at(acme, click_id) for click_id in (known, unknown)]

    assert [(click["hostingProvider"], click["country"]) for click in clicks] == [("Example Cloud", "DE"), (None, None)]
    assert [click["visitorMethod"] for click in clicks] == ["HASH", "COOKIE"]


async def test_the_products_own_query_tells_what_did_not_count(acme: Tenant, pool: asyncpg.Pool) -> None:
    await record(acme, pool)
    await record(acme, pool, facts=Fact.TEST)

    nodes = (await acme.ask(read_query("11")))["clicks"]["nodes"]

    assert [node["counting"] for node in nodes] == ["TEST"]
