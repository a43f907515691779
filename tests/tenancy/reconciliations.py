"""Counting clicks as others do."""

from tests.tenancy.cases import ask

GIVEN = "range: { preset: LIFETIME }, definition: RAW"
SHOWN = "theirs differences { clicks }"
CASES = (
    ask("reconcile", f"reconcile({GIVEN}) {{ {SHOWN} }}"),
    ask("reconcile", f'reconcile({GIVEN}, campaignId: "$Campaign") {{ {SHOWN} }}', "campaignId"),
    ask("reconcile", f'reconcile({GIVEN}, creatorId: "$Creator") {{ {SHOWN} }}', "creatorId"),
    ask("reconcile", f'reconcile({GIVEN}, linkId: "$Link") {{ {SHOWN} }}', "linkId"),
)
