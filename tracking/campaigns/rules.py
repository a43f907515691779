"""What a campaign may look like, and where its creators may go. Pure."""

import datetime as dt
from typing import Final, NamedTuple

from tracking.campaigns.models import CampaignStatus, Stage
from tracking.errors import InvalidInputError
from tracking.text import check_tags, check_text

# From ACCEPTED on a creator has links (LS2); moving back to APPLIED takes none away, as links are never deleted (LS5).
STAGES_WITH_LINKS: Final = frozenset({Stage.ACCEPTED, Stage.ACTIVE, Stage.COMPLETED})


class CampaignFields(NamedTuple):
    name: str
    status: CampaignStatus = CampaignStatus.DRAFT
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    tags: tuple[str, ...] = ()


def check_campaign(fields: CampaignFields) -> CampaignFields:
    """The campaign as it is stored. Raises InvalidInputError."""
    for name, moment in (("startsAt", fields.starts_at), ("endsAt", fields.ends_at)):
        if moment is not None and moment.tzinfo is None:
            raise InvalidInputError("a time says its zone, such as 2026-11-21T12:00:00Z", (name,))
    if fields.starts_at is not None and fields.ends_at is not None and fields.ends_at <= fields.starts_at:
        raise InvalidInputError("a campaign ends after it starts", ("endsAt",))
    return fields._replace(
        name=check_text(fields.name, "name", max_chars=200), tags=tuple(check_tags(list(fields.tags)))
    )
