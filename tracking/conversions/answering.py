"""What would become of a report, for whoever sent it to be tested: its own clicks, and nobody's money. Pure."""

from typing import Any
from uuid import UUID

from tracking.clock import read_ms
from tracking.conversions.deciding import Decision
from tracking.conversions.explanations import FINDING_WORDS, METHOD_WORDS, REASON_WORDS
from tracking.conversions.kinds import Method
from tracking.conversions.receipts import Candidate


def describe_preview(conversion_id: bytes, decision: Decision, *, is_proven: bool) -> dict[str, Any]:
    """Whoever proves nothing learns of the clicks that they named, or that our cookie knows, and of no contact's."""
    standing, receipt = decision.standing, decision.receipt
    candidates = [each for each in receipt.candidates if is_proven or each.method is not Method.CONTACT]
    shown = {UUID(each.click_id) for each in candidates}
    return {
        "id": str(UUID(bytes=conversion_id)),
        "status": standing.status.name,
        "reason": standing.reason.name,
        "method": standing.method.name,
        "click_id": str(standing.click_id) if standing.click_id in shown else None,
        "model": receipt.model,
        "explanation": f"{METHOD_WORDS[standing.method]}: {REASON_WORDS[standing.reason]}",
        "candidates": [_describe(each) for each in candidates],
    }


def _describe(candidate: Candidate) -> dict[str, Any]:
    at = read_ms(candidate.clicked_at_ms)
    return {
        "click_id": candidate.click_id,
        "clicked_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": candidate.method.name,
        "finding": candidate.finding.name,
        "why": FINDING_WORDS[candidate.finding],
    }
