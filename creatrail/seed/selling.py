"""Reports what the demo's audience bought, looks at some of it, and shows a page. Doing it again doubles nothing."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from creatrail.seed.goods import APPETITES, GOODS, PAGE_HOST
from creatrail.seed.mishaps import APPROVED_BY_HAND, REJECTED_BY_HAND
from creatrail.seed.plan import PlannedLink
from creatrail.seed.shopping import Wish
from creatrail.seed.traffic import Audience, SeededLink, make_click_id
from tracking.conversions.event import ConversionEvent, find_conversion_id
from tracking.conversions.rulings import approve_conversions, reject_conversions
from tracking.conversions.store import store_conversions
from tracking.impressions.event import Impression
from tracking.impressions.store import store_impressions
from tracking.links.models import Link, SystemLinkKind
from tracking.offers.models import Offer
from tracking.snippets.event import Sighting
from tracking.snippets.sightings import store_sightings

IMPRESSIONS: Final = 400
# How long before the demo's end the opt-in page was shown at most: impressions come no later than clicks may.
_SHOWN_FOR_HOURS: Final = 5 * 24
_SWISS_CAMPAIGN: Final = "Ambassadors"
_HOUR_MS: Final = 3_600_000
_BATCH: Final = 500


async def read_offer_ids(account_id: int) -> dict[str, int]:
    """By external id."""
    offers = await Offer.filter(account_id=account_id, external_id__isnull=False)
    return {str(offer.external_id): offer.id for offer in offers}


def list_wishes(
    plans: Sequence[PlannedLink], links: Sequence[SeededLink], offer_ids: dict[str, int]
) -> dict[int, Wish]:
    """What who follows each of these links may buy, by the link's number."""
    wishes = {}
    for plan, link in zip(plans, links, strict=True):
        goods = GOODS[plan.destination_url]
        appetite = APPETITES.get(plan.creator.handle, 1) if plan.creator else 1
        offer_id = offer_ids[goods.offer] if goods.offer else None
        is_swiss = plan.campaign is not None and plan.campaign.name == _SWISS_CAMPAIGN
        wishes[link.link_id] = Wish(goods, goods.per_mille * appetite / 1000, offer_id, is_swiss)
    return wishes


async def report_sales(pool: asyncpg.Pool, audience: Audience, told: Sequence[ConversionEvent]) -> None:
    """In the order of time; then a person of the brand looks at two of them."""
    ordered = sorted(told, key=lambda report: report.received_at_ms)
    for start in range(0, len(ordered), _BATCH):
        await store_conversions(pool, ordered[start : start + _BATCH], backfill=True)
    account_id = audience.account_id
    await approve_conversions(pool, account_id, [_find_sale(account_id, APPROVED_BY_HAND)])
    await reject_conversions(pool, account_id, [_find_sale(account_id, REJECTED_BY_HAND)])


async def show_pages(pool: asyncpg.Pool, audience: Audience) -> None:
    """The page with the opt-in link, and one of the shop's on which the snippet ran."""
    link = await Link.get(account_id=audience.account_id, system_kind=SystemLinkKind.OPT_IN)
    shown = list(_show(audience, link.id))
    await store_impressions(pool, shown)
    ends_ms = round(audience.ends_at.timestamp() * 1000)
    clicked = make_click_id(ends_ms - _HOUR_MS, audience.take_chances("sighting").randbytes(10))
    await store_sightings(pool, [Sighting(ends_ms, audience.account_id, PAGE_HOST, clicked)])


def _show(audience: Audience, link_id: int) -> Iterator[Impression]:
    chance = audience.take_chances("impressions")
    ends_ms = round(audience.ends_at.timestamp() * 1000)
    for _ in range(IMPRESSIONS):
        at_ms = ends_ms - chance.randrange(1, _SHOWN_FOR_HOURS * _HOUR_MS)
        yield Impression(make_click_id(at_ms, chance.randbytes(10)), audience.account_id, link_id)


def _find_sale(account_id: int, txn_id: str) -> UUID:
    return UUID(bytes=find_conversion_id(account_id, f"t:{txn_id}", "sale", ""))
