"""A stored click judged again from what is stored of it. Pure: re-labelling, comparisons and tests all ask here."""

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from tracking.bots.policies.queries import Policies
from tracking.bots.policies.rules import Policy
from tracking.bots.rules import ClickFacts
from tracking.bots.rulesets import RULESETS
from tracking.bots.verdicts import Verdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.judging import Judgement, judge
from tracking.clicks.prepare import UniqueKey, find_unique_key
from tracking.erasure.rules import FIRST_STAND_IN, NOBODY_BEGINS

# What of a click a judgement follows from, beside `user_agent`, the text that user_agent_id stands for.
FACT_COLUMNS: Final = (
    "account_id",
    "link_id",
    "campaign_id",
    "contact_id",
    "occurred_at",
    "ruleset",
    "visitor_method",
    "facts",
    "network",
    "country",
    "hosting_provider_id",
    "evidence",
    "manual_verdict",
    "policy_at",
)
# Of who was erased too little is kept to judge by: such a click stays what it was.
IS_KEPT_WHOLE: Final = f"coalesce(contact_id < {FIRST_STAND_IN}, true) AND visitor_key < '\\x{NOBODY_BEGINS.hex()}'"


def judge_stored(click: Mapping[str, Any], policies: Policies) -> Judgement:
    """By the ruleset and the policy that the click names. To ask what would be, give it with other values."""
    policy = policies.find(click["account_id"], click["campaign_id"], click["link_id"], find_policy_moment(click))
    facts = read_facts(click)
    if not policy.lists_origins:
        facts = facts._replace(network=None, country=None)  # nobody asks, and clicks from anywhere are judged once
    return _judge(facts, click["ruleset"], policy, click["contact_id"] is not None, click["manual_verdict"])


@lru_cache(maxsize=20_000)
def _judge(
    facts: ClickFacts,
    ruleset: int,
    policy: Policy,
    has_contact: bool,
    manual: int | None,
) -> Judgement:
    person = None if manual is None else Verdict(manual)
    return judge(facts, RULESETS[ruleset], policy, has_contact=has_contact, manual=person)


def find_policy_moment(click: Mapping[str, Any]) -> dt.datetime:
    """The moment whose policy holds for it: its own, unless a correction named a later one."""
    at: dt.datetime = click["policy_at"] or click["occurred_at"]
    return at


def read_facts(click: Mapping[str, Any]) -> ClickFacts:
    """What `prepare_click` knew of it, and the evidence that has come since."""
    return ClickFacts(
        facts=click["facts"],
        user_agent=click["user_agent"] or "",
        is_from_hosting=click["hosting_provider_id"] is not None,
        has_cookie=click["visitor_method"] == VisitorMethod.COOKIE,
        evidence=click["evidence"],
        network=click["network"],
        country=click["country"],
    )


def read_unique_key(click: Mapping[str, Any]) -> UniqueKey:
    """What it may be the first of."""
    return find_unique_key(
        click["link_id"], click["message_id"], click["contact_id"], click["visitor_day"], click["visitor_key"]
    )
