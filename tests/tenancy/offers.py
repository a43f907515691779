"""Offers, their secrets, the account's signing keys, and coupons."""

from tests.tenancy.cases import ELSEWHERE, LISTED, ask, change

CASES = (
    ask("offers", f"offers {{ {LISTED} }}"),
    ask("coupons", f"coupons {{ {LISTED} }}"),
    ask("coupons", f'coupons(filter: {{ linkIds: ["$Link"] }}) {{ {LISTED} }}', "filter.linkIds"),
    ask("signingKeys", f"signingKeys {{ {LISTED} }}"),
    change("createOffer", f'name: "Own", {ELSEWHERE}'),
    change("updateOffer", 'id: "$Offer", name: "Taken over"', "id"),
    change("updateOfferInterstitial", 'id: "$Offer", interstitial: { title: "Taken over" }', "id"),
    change("createPostbackSecret", 'offerId: "$Offer"', "offerId"),
    change("createCoupon", 'code: "TAKEN-OVER", linkId: "$Link"', "linkId"),
    change("createSigningKey", ""),
)
LAST_CASES = (
    change("archiveCoupon", 'id: "$Coupon"', "id"),
    change("revokePostbackSecret", 'id: "$PostbackSecret"', "id"),
    change("revokeSigningKey", 'id: "$SigningKey"', "id"),
    change("archiveOffer", 'id: "$Offer"', "id"),
)
