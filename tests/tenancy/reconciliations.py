"""Counting clicks as others do.

The answers are numbers and no ids: a whole account's are compared in tests/integration/api/test_reconciliations.py.
"""

from tests.tenancy.cases import ask

GIVEN = "range: { preset: LIFETIME }, definition: RAW"
SHOWN = "theirs differences { clicks }"
CASES = (
    ask("reconcile", f'reconcile({GIVEN}, campaignId: "$Campaign") {{ {SHOWN} }}', "campaignId"),
    ask("reconcile", f'reconcile({GIVEN}, creatorId: "$Creator") {{ {SHOWN} }}', "creatorId"),
    ask("reconcile", f'reconcile({GIVEN}, linkId: "$Link") {{ {SHOWN} }}', "linkId"),
)
