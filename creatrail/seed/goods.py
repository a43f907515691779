"""What the demo's brand sells, what it pays for it, and the pages that its visitors meet."""

from decimal import Decimal
from typing import Final, NamedTuple

from tracking.accounts.models import AttributionModel
from tracking.interstitials.rules import Branding, Interstitial
from tracking.offers.events import GivenEvent
from tracking.offers.service import OfferFields


class DemoOffer(NamedTuple):
    """Known by the external id of its fields."""

    fields: OfferFields
    events: tuple[GivenEvent, ...]


class Goods(NamedTuple):
    """What people do who come to a page: how many of a thousand, at which price, for which offer."""

    event: str
    per_mille: float
    prices: tuple[str, ...] = ()  # none: nobody can say what it is worth
    offer: str | None = None


class DemoCoupon(NamedTuple):
    """A code, and the link that it belongs to."""

    code: str
    campaign: str
    handle: str
    label: str
    offer: str


JACKET: Final = "rain-jacket"
SHOE: Final = "trail-shoe"
STOVE: Final = "stove-set"
GUIDE: Final = "care-guide"
OFFERS: Final = (
    DemoOffer(
        OfferFields("Rain jacket", "https://example.com/jackets/rain", JACKET),
        (GivenEvent("sale", payout_percent=Decimal(10)),),
    ),
    DemoOffer(
        OfferFields("Trail shoe", "https://example.com/shoes/trail", SHOE),
        (GivenEvent("sale", payout_percent=Decimal("7.5")),),
    ),
    DemoOffer(
        OfferFields(
            "Stove set",
            "https://example.com/kitchen/stove-set",
            STOVE,
            attribution_window_days=14,
            attribution_model=AttributionModel.LAST_CLICK,
        ),
        (GivenEvent("sale", payout_amount=Decimal(6), default_value=Decimal(89)),),
    ),
    DemoOffer(
        OfferFields("Care guide", "https://example.com/guides/care-of-membranes", GUIDE),
        (GivenEvent("lead", payout_amount=Decimal("0.80")),),
    ),
)

_SHOP: Final = Goods("sale", 6, ("24.90", "64.95", "89.00", "159.95", "229.95"))
GOODS: Final[dict[str, Goods]] = {
    "https://example.com/jackets/rain": Goods("sale", 7, ("189.95", "229.95", "329.95"), JACKET),
    "https://example.com/shoes/trail?ref=launch": Goods("sale", 9, ("139.95", "159.95"), SHOE),
    "https://example.com/kitchen/stove-set": Goods("sale", 11, ("89.00", "89.00", "129.00"), STOVE),
    "https://example.com/guides/care-of-membranes#wash": Goods("lead", 20, offer=GUIDE),
    "https://example.com/sale": Goods("sale", 14, ("19.95", "49.95", "79.95")),
    "https://example.com/news": Goods("signup", 30),
    "https://example.com/": _SHOP,
}

# How readily somebody's audience buys; 1 for all others. Reach and worth are not the same.
APPETITES: Final[dict[str, float]] = {
    "trailtom": 1.8,
    "kettlepot": 1.5,
    "slowhiker": 2.6,
    "ridge.runner": 0.2,
    "studio.rosa": 0.3,
}

COUPONS: Final = (
    DemoCoupon("MIRA10", "Rain Season", "mira.climbs", "Rain jacket", JACKET),
    DemoCoupon("TOM10", "Rain Season", "trailtom", "Rain jacket", JACKET),
    DemoCoupon("ONEPOT", "Camp Kitchen", "kettlepot", "Stove set", STOVE),
)

OPT_IN_URLS: Final = {"Ambassadors": "https://example.com/ambassadors/letters"}
PAGE_HOST: Final = "example.com"

TENT_SLUG: Final = "tent"
TENT_LABEL: Final = "Borrow a tent"
TENT: Final = OfferFields("Borrow a tent", "https://example.com/tents/borrow", "tent")
TENT_PAGE: Final = Interstitial(
    title="Sleep out before you buy",
    description="Borrow a tent for a weekend. Send it back, or keep it and pay the rest.",
    call_to_action="Choose a tent",
    preview_title="Borrow a tent for a weekend",
)
BRANDING: Final = Branding(
    name="Northlight Outdoor",
    home_url="https://example.com/",
    not_found_text="This trail leads nowhere. Our shop is still there.",
    gone_text="This one is over. Have a look at what is on now.",
)
