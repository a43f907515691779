"""What a redirector may hold, and how a change of it is named in the change log (rule 8)."""

from enum import IntEnum
from typing import Final

ANYTHING: Final = 0
"""No kind of its own: whoever reads it in the change log forgets all that it holds."""


class ChangeKind(IntEnum):
    """What the `ref_id` of a change is the id of."""

    LINK = 1
    DELIVERABLE = 2
    DOMAIN = 3
    ACCOUNT = 4
    CAMPAIGN = 5
    OFFER = 6
    POLICY = 7
    CREATOR = 8


def write_address(host: str, slug: str) -> str:
    """The address of a link in the change log: a redirector finds its entry by it without a map of its own."""
    return f"{host}/{slug}"
