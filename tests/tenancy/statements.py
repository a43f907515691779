"""Statements."""

from tests.tenancy.cases import LISTED, ask, change

PERIOD = 'period: { days: { from: "2026-03-03", to: "2026-03-04" } }'
CASES = (
    ask("statements", f"statements {{ {LISTED} }}"),
    ask("statements", f'statements(filter: {{ campaignId: "$Campaign" }}) {{ {LISTED} }}', "filter.campaignId"),
    change("closeStatement", f'campaignId: "$Campaign", {PERIOD}', "campaignId"),
)
