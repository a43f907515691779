"""What the demo's brand sells: offers, codes, a page before a destination, and what its own pages need to report."""

import datetime as dt
from typing import Final

from creatrail.seed.dealings import Brand
from creatrail.seed.goods import (
    BRANDING,
    COUPONS,
    OFFERS,
    OPT_IN_URLS,
    TENT,
    TENT_LABEL,
    TENT_PAGE,
    TENT_SLUG,
)
from tracking.accounts.models import Account
from tracking.campaigns.service import update_campaign
from tracking.coupons.models import Coupon
from tracking.coupons.service import NewCoupon, create_coupon
from tracking.interstitials.rules import InterstitialMode
from tracking.interstitials.service import update_account_pages, update_offer_interstitial
from tracking.links.creation import NewLink, create_link
from tracking.links.models import Link
from tracking.offers.models import Offer
from tracking.offers.service import create_offer
from tracking.snippets.models import SnippetKey
from tracking.snippets.service import create_snippet_key

_SINCE_THE_BEGINNING: Final = (Offer, Coupon, SnippetKey)


async def write_shop(brand: Brand, begins_at: dt.datetime) -> None:
    """In the caller's transaction, after the links of the plan. All of it is there since the demo's beginning."""
    for offer in OFFERS:
        await create_offer(brand.account_id, offer.fields, offer.events)
    for coupon in COUPONS:
        link = await Link.get(
            campaign=brand.campaigns[coupon.campaign], creator=brand.creators[coupon.handle], label=coupon.label
        )
        await create_coupon(brand.account_id, NewCoupon(coupon.code, link.id))
    for name, url in OPT_IN_URLS.items():
        await update_campaign(brand.account_id, brand.campaigns[name].id, {"opt_in_url": url})
    await create_snippet_key(brand.account_id)
    await _write_pages(brand.account_id)
    for model in _SINCE_THE_BEGINNING:
        await model.filter(account_id=brand.account_id).update(created_at=begins_at)
    await Account.filter(id=brand.account_id).update(conversions_since=begins_at)


async def _write_pages(account_id: int) -> None:
    tent = await create_offer(account_id, TENT)
    page = {"mode": InterstitialMode.CUSTOM, "interstitial": TENT_PAGE}
    await update_offer_interstitial(account_id, tent.id, page)
    link = NewLink(None, TENT.destination_url, label=TENT_LABEL, slug=TENT_SLUG, offer_id=tent.id)
    await create_link(account_id, link)
    await update_account_pages(account_id, {"branding": BRANDING})
