"""What a campaign may look like, and where its creators may go. Pure."""

import datetime as dt
from collections.abc import Callable
from typing import Final, NamedTuple

from tracking.accounts.rules import check_counted_kinds
from tracking.campaigns.models import CampaignStatus, EndBehaviour, Stage
from tracking.conversions.kinds import ConversionKind
from tracking.errors import InvalidInputError
from tracking.links.rules import normalise_destination
from tracking.text import check_tags, check_text

# From ACCEPTED on a creator has links (LS2); moving back to APPLIED takes none away, as links are never deleted (LS5).
STAGES_WITH_LINKS: Final = frozenset({Stage.ACCEPTED, Stage.ACTIVE, Stage.COMPLETED})


class CampaignFields(NamedTuple):
    """`join_url` and `opt_in_url` have links of their own, which are made when they are set (IM1, IM4)."""

    name: str
    status: CampaignStatus = CampaignStatus.DRAFT
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    end_behaviour: EndBehaviour = EndBehaviour.CONTINUE
    fallback_url: str | None = None
    domain_id: int | None = None
    join_url: str | None = None
    opt_in_url: str | None = None
    attribution_window_days: int | None = None  # None: the account's; so it is with the kinds
    counted_kinds: tuple[ConversionKind, ...] | None = None


def check_campaign(fields: CampaignFields, is_tracking_host: Callable[[str], bool]) -> CampaignFields:
    """The campaign as it is stored. Raises InvalidInputError."""
    for name, moment in (("startsAt", fields.starts_at), ("endsAt", fields.ends_at)):
        if moment is not None and moment.tzinfo is None:
            raise InvalidInputError("a time says its zone, such as 2026-11-21T12:00:00Z", (name,))
    if fields.starts_at is not None and fields.ends_at is not None and fields.ends_at <= fields.starts_at:
        raise InvalidInputError("a campaign ends after it starts", ("endsAt",))
    if fields.end_behaviour is EndBehaviour.FALLBACK and fields.fallback_url is None:
        raise InvalidInputError("say where links lead once the campaign is over", ("fallbackUrl",))
    return fields._replace(
        name=check_text(fields.name, "name", max_chars=200),
        tags=tuple(check_tags(list(fields.tags))),
        external_id=_check_external_id(fields.external_id),
        fallback_url=_check_url(fields.fallback_url, "fallbackUrl", is_tracking_host),
        join_url=_check_url(fields.join_url, "joinUrl", is_tracking_host),
        opt_in_url=_check_url(fields.opt_in_url, "optInUrl", is_tracking_host),
        counted_kinds=None if fields.counted_kinds is None else check_counted_kinds(fields.counted_kinds),
    )


def _check_external_id(external_id: str | None) -> str | None:
    return None if external_id is None else check_text(external_id, "externalId", max_chars=200)


def _check_url(url: str | None, path: str, is_tracking_host: Callable[[str], bool]) -> str | None:
    try:
        return None if url is None else normalise_destination(url, is_tracking_host=is_tracking_host)
    except InvalidInputError as error:
        raise error.under(path) from None
