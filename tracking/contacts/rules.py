"""What a contact may look like. Pure."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tracking.errors import InvalidInputError
from tracking.links.rules import normalise_destination
from tracking.text import check_text

MAX_TEXT_CHARS: Final = 200


class GivenContact(NamedTuple):
    """`changes` holds what was given of `name` and `share_url`. What is missing stays; a share URL of None ends it."""

    external_id: str
    changes: Mapping[str, str | None]


def check_contact(given: GivenContact, tracking_hosts: set[str]) -> GivenContact:
    """The contact as it is stored. Raises InvalidInputError."""
    changes = dict(given.changes)
    if "name" in changes:
        changes["name"] = check_text(changes["name"] or "", "name", max_chars=MAX_TEXT_CHARS, is_optional=True)
    share_url = changes.get("share_url")
    if share_url is not None:
        try:
            changes["share_url"] = normalise_destination(share_url, is_tracking_host=tracking_hosts.__contains__)
        except InvalidInputError as error:
            raise error.under("shareUrl") from None
    external_id = check_text(given.external_id, "externalId", max_chars=MAX_TEXT_CHARS)
    return GivenContact(external_id, changes)
