"""From what is known of a click to its verdict, the column it is counted in, and whether it counts (rule 4). Pure."""

from typing import Final, NamedTuple

from tracking.bots.policies.matching import find_listed
from tracking.bots.policies.rules import BotMode, Policy
from tracking.bots.rules import ClickFacts, classify
from tracking.bots.rulesets import Ruleset
from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.reports.scopes import COUNTERS

_SPECIAL_COUNTERS: Final[dict[int, int]] = {
    TrafficClass.PREVIEW: COUNTERS.index("preview_fetches"),
    TrafficClass.PREFETCH: COUNTERS.index("prefetches"),
    TrafficClass.TEST: COUNTERS.index("test_clicks"),
}


class Judgement(NamedTuple):
    verdict: Verdict
    traffic_class: TrafficClass
    reasons: int
    score: int
    ruleset: int
    counter: int  # index into COUNTERS, one of the first six
    is_counted: bool

    @property
    def columns(self) -> tuple[int, int, int, int, int]:
        return int(self.verdict), int(self.traffic_class), self.reasons, self.score, self.ruleset


def judge(
    facts: ClickFacts, ruleset: Ruleset, policy: Policy, *, has_contact: bool, manual: Verdict | None = None
) -> Judgement:
    """`ruleset` before the policy's weights and lists. A person's verdict stands over everything but a test."""
    listed = find_listed(policy, facts.network, facts.country, facts.user_agent)
    if listed:
        facts = facts._replace(evidence=facts.evidence | listed)
    found = classify(facts, policy.adjust(ruleset))
    if manual is not None and found.traffic_class is not TrafficClass.TEST:
        is_program = manual is not Verdict.HUMAN and found.traffic_class not in _SPECIAL_COUNTERS
        found = found._replace(
            verdict=manual,
            traffic_class=found.traffic_class if is_program else TrafficClass.NONE,
            reasons=found.reasons | Reason.MANUAL,
        )
    counter = find_counter(found.verdict, found.traffic_class)
    return Judgement(
        *found, counter, is_counted(found.verdict, counter, found.reasons, policy, has_contact=has_contact)
    )


def find_counter(verdict: int, traffic_class: int) -> int:
    """The one of the six columns that add up to all clicks."""
    return _SPECIAL_COUNTERS.get(traffic_class, int(verdict))


def is_counted(verdict: Verdict, counter: int, reasons: int, policy: Policy, *, has_contact: bool) -> bool:
    if counter >= len(Verdict):
        return False
    if verdict is Verdict.HUMAN or policy.mode is BotMode.OFF:
        return True
    counts_suspects = policy.counts_contact_suspects if has_contact else policy.counts_public_suspects
    return verdict is Verdict.SUSPECT and counts_suspects and not reasons & Reason.NOT_CONFIRMED
