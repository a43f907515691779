"""What is asked of both accounts: a campaign's report, the main table, and what else people look at."""

import datetime as dt
from typing import Final

from bench.reports.accounts import Years
from tracking.graph_ids import write_graph_id
from tracking.report_pages.rules import PAGE_PATH

DAYS: Final = 90

_METRICS: Final = "totalClicks uniqueClicks botClicks conversions"
_CAMPAIGN: Final = "query ($id: ID!, $range: DateRange!) {{ campaign(id: $id) {{ {fields} }} }}"
_ACCOUNT: Final = "query ($range: DateRange!) {{ viewer {{ account {{ report(range: $range) {{ {fields} }} }} }} }}"
_ENTITY: Final = "entity { ... on Creator { handle } }"
_TABLE: Final = f"""
    edges {{
        node {{ id stage creator {{ handle name }} }}
        performance {{ metrics {{ {_METRICS} }} audience {{ followers }} clickThroughRate {{ value low high }} }}
    }}
"""
REPORT: Final = "a campaign's report: totals, 90 days, 100 creators"
TABLE: Final = "the main table: 100 creators by unique clicks, 90 days"
_LIFETIME_TABLE: Final = "the main table, lifetime"
PAGE: Final = "a report page: HTML of 90 days"

QUERIES: Final = {
    REPORT: _CAMPAIGN.format(
        fields=f"""
            report(range: $range) {{
                totals {{ {_METRICS} }} series(grain: DAY) {{ at metrics {{ {_METRICS} }} }}
                breakdown(by: CREATOR, first: 100) {{ nodes {{ label {_ENTITY} metrics {{ {_METRICS} }} }} }}
            }}
        """
    ),
    TABLE: _CAMPAIGN.format(
        fields=f"creators(first: 100, range: $range, orderBy: {{field: UNIQUE_CLICKS, direction: DESC}}) {{ {_TABLE} }}"
    ),
    _LIFETIME_TABLE: (
        "query ($id: ID!) { campaign(id: $id) { creators(first: 100, orderBy: {field: UNIQUE_CLICKS, direction: DESC})"
        f" {{ {_TABLE} }} }} }}"
    ),
    "a campaign by browser, 90 days": _CAMPAIGN.format(
        fields=f"report(range: $range) {{ breakdown(by: BROWSER) {{ nodes {{ label metrics {{ {_METRICS} }} }} }} }}"
    ),
    "the account by link, 90 days": _ACCOUNT.format(
        fields=f"breakdown(by: LINK, first: 100) {{ nodes {{ label metrics {{ {_METRICS} }} }} }}"
    ),
    "the account by device, 90 days": _ACCOUNT.format(
        fields=f"breakdown(by: DEVICE, first: 100) {{ nodes {{ label metrics {{ {_METRICS} }} }} }}"
    ),
}


def make_variables(years: Years, query: str) -> dict[str, object]:
    variables: dict[str, object] = {"range": {"days": dict(zip(("from", "to"), _list_days(years), strict=True))}}
    if "$id" in query:
        variables["id"] = write_graph_id("Campaign", years.campaign_id)
    return {name: value for name, value in variables.items() if f"${name}" in query}


def write_page_path(years: Years) -> str:
    first, last = _list_days(years)
    return f"{PAGE_PATH}{years.page_token}?from={first}&to={last}"


def _list_days(years: Years) -> tuple[str, str]:
    return years.first_day, str(dt.date.fromisoformat(years.first_day) + dt.timedelta(days=DAYS - 1))
