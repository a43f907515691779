"""What a test knows of an account's clicks, kept in memory and counted as a whole: the oracle of the accounting."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.chaos.recount import Cell, list_cells, list_counters
from tracking.bots.policies.rules import Overrides, Policy, merge
from tracking.bots.rules import ClickFacts
from tracking.bots.rulesets import CURRENT_RULESET, RULESETS
from tracking.bots.verdicts import Verdict
from tracking.clicks.event import ClickEvent, VisitorMethod
from tracking.clicks.ids import read_click_time
from tracking.clicks.judging import judge
from tracking.clicks.user_agents import read_user_agent

UniqueRow = tuple[dt.date, int, int, bytes]
FOR_EVER = dt.date(1970, 1, 1)


@dataclass
class KnownClick:
    event: ClickEvent
    evidence: int = 0
    ruleset: int = CURRENT_RULESET
    policy_at: dt.datetime | None = None
    manual: Verdict | None = None

    @property
    def click_id(self) -> UUID:
        return UUID(bytes=self.event.click_id)


@dataclass
class KnownVersion:
    """Of a policy: of the account, of one campaign or of one link."""

    effective_at: dt.datetime
    campaign_id: int | None
    link_id: int | None
    overrides: Overrides


@dataclass
class KnownCorrection:
    number: int
    click_ids: set[UUID]
    verdict: Verdict
    is_undone: bool = False


@dataclass
class KnownAccount:
    zone: ZoneInfo
    clicks: dict[UUID, KnownClick] = field(default_factory=dict)
    versions: list[KnownVersion] = field(default_factory=list)
    corrections: list[KnownCorrection] = field(default_factory=list)

    def find_manual(self, click_id: UUID) -> Verdict | None:
        standing = [each for each in self.corrections if click_id in each.click_ids and not each.is_undone]
        return standing[-1].verdict if standing else None

    def list_rows(self) -> list[dict[str, Any]]:
        """The clicks as their table should say, in the order of their ids."""
        return [self._describe(self.clicks[click_id]) for click_id in sorted(self.clicks)]

    def _describe(self, click: KnownClick) -> dict[str, Any]:
        event = click.event
        judgement = judge(
            ClickFacts(
                event.facts,
                read_user_agent(event.user_agent),
                has_cookie=event.visitor_method == VisitorMethod.COOKIE,
                evidence=click.evidence,
            ),
            RULESETS[click.ruleset],
            self._find_policy(event, click.policy_at or read_click_time(click.click_id)),
            has_contact=event.contact_id is not None,
            manual=click.manual,
        )
        return {
            "id": click.click_id,
            **{name: getattr(event, name) for name in LABELS},
            "evidence": click.evidence,
            "manual_verdict": click.manual,
            "policy_at": click.policy_at,
            "verdict": judgement.verdict,
            "traffic_class": judgement.traffic_class,
            "reasons": judgement.reasons,
            "score": judgement.score,
            "ruleset": judgement.ruleset,
            "is_counted": judgement.is_counted,
        }

    def _find_policy(self, event: ClickEvent, at: dt.datetime) -> Policy:
        scopes = ((None, None), (event.campaign_id, None), (None, event.link_id))
        found: list[Overrides] = []
        for scope in dict.fromkeys(scopes):
            of_scope = [each for each in self.versions if (each.campaign_id, each.link_id) == scope]
            in_force = [each for each in of_scope if each.effective_at <= at]
            found += [each.overrides for each in in_force[-1:]]
        return merge(found)


LABELS = (
    "link_id",
    "campaign_id",
    "creator_id",
    "message_id",
    "slot",
    "contact_id",
    "offer_id",
    "sharer_id",
    "visitor_method",
    "visitor_key",
)


def elect(rows: Iterable[Mapping[str, Any]], events: Mapping[UUID, KnownClick]) -> dict[UniqueRow, UUID]:
    """The earliest counted click of each key, of rows in the order of their ids."""
    holders: dict[UniqueRow, UUID] = {}
    for row in rows:
        if row["is_counted"]:
            holders.setdefault(_make_key(events[row["id"]].event), row["id"])
    return holders


def _make_key(event: ClickEvent) -> UniqueRow:
    if event.contact_id is not None and event.message_id is not None:
        return FOR_EVER, 1, event.message_id, event.visitor_key
    return FOR_EVER + dt.timedelta(days=event.visitor_day), 0, event.link_id, event.visitor_key


def count(rows: Iterable[Mapping[str, Any]], holders: Iterable[UUID], zone: ZoneInfo) -> Counter[Cell]:
    held = set(holders)
    return Counter(cell for row in rows for cell in list_cells(row, zone, is_holder=row["id"] in held))


def list_states(rows: Iterable[Mapping[str, Any]], holders: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    """What each click counts as: what somebody who follows the events must know of it."""
    held = set(holders)
    return {row["id"]: tuple(list_counters(row, is_holder=row["id"] in held)) for row in rows}
