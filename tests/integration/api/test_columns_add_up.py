"""On every node that has counts columns add up, and children to their parent: also after clicks were judged anew."""

import random
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from tests.brand import join, make_campaign, make_creator, make_deliverable
from tests.clicking import BOT, DAY_MS, HUMAN, make_event, store
from tests.integration.api.conftest import Tenant
from tracking.bots.verdicts import Reason
from tracking.campaigns.models import Stage
from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import now_ms
from tracking.contacts.models import Contact
from tracking.links.models import Link, LinkKind
from tracking.messages.models import Channel, Message, MessageSlot
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("R4", "R12", "TR10", "TR27")

COLUMNS = ("humanClicks", "suspectClicks", "botClicks", "previewFetches", "prefetches", "testClicks")
SUMS = ("totalClicks", *COLUMNS, "countedClicks", "uniqueClicks", "repeatClicks")
METHODS = ("contact", "cookie", "hash", "none")
FRAGMENT = f"""
    fragment all on Metrics {{ __typename {" ".join(SUMS)} botRate uniqueMethods {{ {" ".join(METHODS)} }} }}
    fragment whole on Report {{ totals {{ ...all }} }}
"""
EVERYWHERE = (
    """
    query ($all: DateRange! = { preset: LIFETIME }) {
        viewer { account { report(range: $all) { ...whole series(grain: DAY) { metrics { ...all } } } } }
        campaigns { nodes {
            report(range: $all) { ...whole }
            creators(range: $all) { edges {
                performance { metrics { ...all } }
                node { report(range: $all) { ...whole } }
            } }
        } }
        creators { nodes { totals { ...all } report(range: $all) { ...whole } } }
        shared: links(first: 100) { nodes { totals { ...all } report(range: $all) { ...whole } } }
        sent: links(first: 100, filter: { kinds: [RECIPIENT] }) { nodes { totals { ...all } } }
        messages { nodes { totals { ...all } report(range: $all) { ...whole } slots { totals { ...all } } } }
    }
    """
    + FRAGMENT
)


async def set_up_links(tenant: Tenant) -> list[Link]:
    """Two creators' links of a campaign, and two contacts' links of each of two slots of a message in it."""
    account = tenant.account
    campaign = await make_campaign(account)
    await make_deliverable(account, campaign)
    await join(account, campaign, [await make_creator(account) for _ in range(2)], Stage.ACCEPTED)
    links = await Link.filter(campaign_id=campaign.id)
    message = await Message.create(
        account=account,
        name="Hello",
        channel=Channel.EMAIL,
        template="Hello",
        campaign_id=campaign.id,
        domain_id=links[0].domain_id,
    )
    contacts = [await Contact.create(account=account, external_id=f"C-{number}") for number in range(2)]
    for slot in (1, 2):
        await MessageSlot.create(message=message, number=slot, tag=f"url_{slot}", destination_url="https://b.example/")
        links += [await send_link(links[0], message, slot, contact) for contact in contacts]
    return links


async def send_link(like: Link, message: Message, slot: int, contact: Contact) -> Link:
    return await Link.create(
        account_id=like.account_id,
        domain_id=like.domain_id,
        slug=f"sent{slot}{contact.id}",
        kind=LinkKind.RECIPIENT,
        destination_url="https://b.example/",
        campaign_id=message.campaign_id,
        message_id=message.id,
        slot=slot,
        contact_id=contact.id,
    )


def make_click(link: Link, chance: random.Random) -> ClickEvent:
    visitor = link.contact_id or chance.randrange(1_000, 1_010)
    shared = chance.choice([VisitorMethod.COOKIE, VisitorMethod.HASH, VisitorMethod.NONE])
    return make_event(
        link.account_id,
        at_ms=now_ms() - chance.randrange(3 * DAY_MS),
        visitor=visitor,
        visitor_method=VisitorMethod.CONTACT if link.contact_id else shared,
        link_id=link.id,
        campaign_id=link.campaign_id,
        creator_id=link.creator_id,
        message_id=link.message_id,
        slot=link.slot,
        contact_id=link.contact_id,
        user_agent=chance.choice([HUMAN, HUMAN, HUMAN, BOT, b"Slackbot-LinkExpanding 1.0"]),
        facts=chance.choice([Fact(0), Fact(0), Fact.CLIENT_HINTS_MISMATCH, Fact.PREFETCH, Fact.TEST]),
    )


async def change_minds(pool: asyncpg.Pool, account_id: int, chance: random.Random) -> int:
    """Evidence against some clicks, for others, and another ruleset for a third part. How many were changed."""
    changed = 0
    ids = [row["id"] for row in await pool.fetch("SELECT id FROM click WHERE account_id = $1 ORDER BY id", account_id)]
    for learned, cause in (
        (Learned(evidence=int(Reason.BURST_ON_MESSAGE)), Cause.BEHAVIOUR),
        (Learned(evidence=int(Reason.CONVERSION)), Cause.CONVERSION),
        (Learned(ruleset=1), Cause.RESCORE),
    ):
        wanted = dict.fromkeys(chance.sample(ids, len(ids) // 5), learned)
        changed += len(await relabel_clicks(pool, account_id, wanted, cause))
    return changed


def list_metrics(answer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(answer, dict):
        if answer.get("__typename") == "Metrics":
            yield answer
        for each in answer.values():
            yield from list_metrics(each)
    elif isinstance(answer, list):
        for each in answer:
            yield from list_metrics(each)


def find_mistakes(metrics: dict[str, Any]) -> list[str]:
    total = sum(metrics[column] for column in COLUMNS)
    claims = {
        "columns": metrics["totalClicks"] == total,
        "counted": metrics["countedClicks"] == metrics["uniqueClicks"] + metrics["repeatClicks"],
        "methods": metrics["uniqueClicks"] == sum(metrics["uniqueMethods"].values()),
        "bot rate": metrics["botRate"] == (metrics["botClicks"] / total if total else None),
        "signs": min(*(metrics[name] for name in SUMS), *metrics["uniqueMethods"].values()) >= 0,
    }
    return [claim for claim, holds in claims.items() if not holds]


def add(many: list[dict[str, Any]]) -> dict[str, int]:
    sums = {name: sum(each[name] for each in many) for name in SUMS}
    return sums | {name: sum(each["uniqueMethods"][name] for each in many) for name in METHODS}


async def test_columns_and_children_add_up_on_every_node(acme: Tenant, pool: asyncpg.Pool) -> None:
    chance = random.Random(11)  # noqa: S311 -- the same clicks in every run
    links = await set_up_links(acme)
    events = [make_click(chance.choice(links), chance) for _ in range(400)]
    await store(pool, *events[:200])
    await store(pool, *events[200:])  # earlier clicks that come later
    assert await change_minds(pool, acme.account.id, chance) > 50
    await fold_all(pool)

    data = await acme.ask(EVERYWHERE)

    every = list(list_metrics(data))
    assert [find_mistakes(each) for each in every] == [[]] * len(every)
    account = data["viewer"]["account"]["report"]
    [campaign], [message] = data["campaigns"]["nodes"], data["messages"]["nodes"]
    members, shared = campaign["creators"]["edges"], data["shared"]["nodes"]
    whole = add([account["totals"]])
    of_contacts = add([link["totals"] for link in data["sent"]["nodes"]])
    of_creators = add([creator["totals"] for creator in data["creators"]["nodes"]])
    assert min(whole.values()) > 0
    assert whole["totalClicks"] == 400
    assert add([point["metrics"] for point in account["series"]]) == whole
    assert add([campaign["report"]["totals"]]) == whole
    assert add([link["totals"] for link in [*shared, *data["sent"]["nodes"]]]) == whole
    assert add([message["totals"]]) == add([message["report"]["totals"]]) == of_contacts
    assert add([slot["totals"] for slot in message["slots"]]) == of_contacts
    assert add([link["report"]["totals"] for link in shared]) == add([link["totals"] for link in shared]) == of_creators
    assert add([creator["report"]["totals"] for creator in data["creators"]["nodes"]]) == of_creators
    assert add([member["performance"]["metrics"] for member in members]) == of_creators
    assert add([member["node"]["report"]["totals"] for member in members]) == of_creators


def test_a_column_that_does_not_add_up_is_found() -> None:
    methods = dict.fromkeys(METHODS, 0)
    right: dict[str, Any] = dict.fromkeys(SUMS, 0) | {"uniqueMethods": methods, "botRate": None}

    assert find_mistakes(right) == []
    assert find_mistakes({**right, "testClicks": 1}) == ["columns", "bot rate"]
    assert find_mistakes({**right, "repeatClicks": 1}) == ["counted"]
    assert find_mistakes({**right, "uniqueMethods": {**methods, "none": -1}}) == ["methods", "signs"]
