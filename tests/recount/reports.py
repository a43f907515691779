"""What the graph reports of whatever has a report, in the shape of counted figures."""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.recount.books import start_hour
from tests.recount.figures import Figures, Question, Subject

Ask = Callable[..., Awaitable[dict[str, Any]]]
_METRICS: Final = """
    fragment counted on Metrics {
        totalClicks humanClicks suspectClicks botClicks previewFetches prefetches testClicks
        countedClicks uniqueClicks repeatClicks botRate uniqueMethods { contact cookie hash none }
        conversions conversionRate
        grossValue { currency amount } refunds { currency amount } netValue { currency amount }
        payout { currency amount }
    }
"""
_SUBJECTS: Final = """
    query {
        viewer { account { id timezone } }
        campaigns(first: 100) { nodes { id } }
        creators(first: 100) { nodes { id } }
        offers(first: 100) { nodes { id } }
        creatives(first: 100) { nodes { id } }
        users(first: 100, filter: {isArchived: null}) { nodes { id } }
        contacts(first: 12) { nodes { id } }
        messages(first: 100) { nodes { id creative { id } } }
        links(first: 1000, filter: {isArchived: null, kinds: [CAMPAIGN, CREATOR, CUSTOM, SYSTEM, RECIPIENT]}) {
            nodes { id tags contact { id } } pageInfo { hasNextPage }
        }
        tags(first: 100) { nodes { id name } }
    }
"""
_MEMBERS: Final = "query ($id: ID!) { campaign(id: $id) { creators(first: 100) { nodes { id creator { id } } } } }"
_SIMPLE: Final = {
    "campaigns": ("Campaign", "campaign_id"),
    "creators": ("Creator", "creator_id"),
    "offers": ("Offer", "offer_id"),
    "users": ("User", "sharer_id"),
    "contacts": ("Contact", "contact_id"),
    "messages": ("Message", "message_id"),
}


async def list_subjects(ask: Ask) -> list[Subject]:
    """Everything in the account that has a report, and which rows of the files are in it."""
    found = await ask(_SUBJECTS)
    assert not found["links"]["pageInfo"]["hasNextPage"]
    subjects = [Subject("Account", found["viewer"]["account"]["id"], "1")]
    for field, (type_name, column) in _SIMPLE.items():
        subjects += [Subject(type_name, node["id"], f"{column} = ?", (node["id"],)) for node in found[field]["nodes"]]
    for campaign in found["campaigns"]["nodes"]:
        members = (await ask(_MEMBERS, id=campaign["id"]))["campaign"]["creators"]["nodes"]
        for member in members:
            keys = (campaign["id"], member["creator"]["id"])
            subjects.append(Subject("CampaignCreator", member["id"], "campaign_id = ? AND creator_id = ?", keys))
    links = [link for link in found["links"]["nodes"] if link["contact"] is None]
    subjects += [Subject("Link", link["id"], "link_id = ?", (link["id"],)) for link in links]
    for tag in found["tags"]["nodes"]:
        tagged = [link["id"] for link in links if tag["name"] in link["tags"]]
        subjects.append(_any_of("Tag", tag["id"], "link_id", tagged))
    for creative in found["creatives"]["nodes"]:
        texts = [
            each["id"] for each in found["messages"]["nodes"] if (each["creative"] or {}).get("id") == creative["id"]
        ]
        subjects.append(_any_of("Creative", creative["id"], "message_id", texts))
    return subjects


def _any_of(type_name: str, node_id: str, column: str, ids: Sequence[str]) -> Subject:
    return Subject(type_name, node_id, f"{column} IN ({', '.join('?' * len(ids))})", tuple(ids))


async def read_report(ask: Ask, subject: Subject, question: Question, zone: ZoneInfo) -> dict[str, dict[Any, Figures]]:
    """By grain and bucket, as counted ones are; what holds for the whole range under TOTAL."""
    series = " ".join(f"{grain}: series(grain: {grain}) {{ at metrics {{ ...counted }} }}" for grain in question.grains)
    query = f"""
        query ($id: ID!, $range: DateRange!, $dating: ConversionDating!) {{
            node(id: $id) {{
                ... on {subject.type_name} {{
                    report(range: $range, conversionsBy: $dating) {{ totals {{ ...counted }} {series} }}
                }}
            }}
        }}
    """
    report = (await ask(query + _METRICS, id=subject.id, range=question.range, dating=question.dating))["node"][
        "report"
    ]
    points = {
        grain: {_name_bucket(each["at"], grain, zone): tell(each["metrics"]) for each in report[grain]}
        for grain in question.grains
    }
    return {"TOTAL": {"": tell(report["totals"])}, **points}


def tell(metrics: dict[str, Any]) -> Figures:
    """Money as numbers, which are equal however many digits they are written with."""
    return {
        name: [{**each, "amount": Decimal(each["amount"])} for each in value] if isinstance(value, list) else value
        for name, value in metrics.items()
    }


def _name_bucket(at: str, grain: str, zone: ZoneInfo) -> Any:
    local = dt.datetime.fromisoformat(at).astimezone(zone)
    return start_hour(local) if grain == "HOUR" else local.date().isoformat()
