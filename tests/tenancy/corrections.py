"""Corrections. What they are asked to mean of another account is nothing, and answers as nothing of one's own does."""

from tests.tenancy.cases import LISTED, ask, change
from tests.tenancy.clicks import FILTERS

PERIOD = 'from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z"'
CASES = (
    ask("corrections", f"corrections {{ {LISTED} }}"),
    change("rescoreClicks", f"range: {{ {PERIOD} }}, dryRun: true"),
    *(
        change(
            "reclassifyClicks",
            f'filter: {{ {name}: ["${type_name}"] }}, verdict: BOT, dryRun: true',
            f"filter.{name}",
            finds_own=False,
        )
        for name, type_name in FILTERS.items()
    ),
)
LAST_CASES = (change("undoReclassification", 'id: "$Correction"', "id"),)
