"""Why a conversion stands as it does, and why a click got it or not, in words; for the api."""

from typing import Final

from tracking.conversions.kinds import Method, StandingReason, Status
from tracking.conversions.listing import StoredConversion
from tracking.conversions.receipts import CandidateFinding

REASON_WORDS: Final[dict[StandingReason, str]] = {
    StandingReason.NONE: "nothing speaks against it",
    StandingReason.UNVERIFIED: "nothing proves that the brand sent it",
    StandingReason.OVER_CAP: "its link had as many unproven ones in that hour as the account takes unseen",
    StandingReason.CLICK_NOT_FOUND: "the click that it names is not stored, yet or any more",
    StandingReason.NOTHING_TO_GO_BY: "no click, link, coupon or offer of the account is named",
    StandingReason.OUTSIDE_WINDOW: "it came later than the window of its clicks lasts",
    StandingReason.CLICK_NOT_COUNTED: "its clicks are not counted: they are a program's, or tests",
    StandingReason.CLICK_AFTER_CONVERSION: "it happened before its clicks",
    StandingReason.OTHER_AMOUNT: "another report of the same key, with another amount, holds",
    StandingReason.SUPERSEDED: "a surer report of the same key, with another amount, holds",
    StandingReason.SALE_NOT_FOUND: "what it takes back has not been reported",
    StandingReason.ABOVE_SALE: "together with what was given back before, it is more than the sale",
    StandingReason.OTHER_CURRENCY: "it is in another currency than what it takes back",
    StandingReason.SALE_NOT_APPROVED: "what it takes back is not approved itself",
    StandingReason.VOIDED: "a void took it back",
    StandingReason.BY_A_PERSON: "somebody of the account decided so",
    StandingReason.BAD_AMOUNT: "its amount is none that its currency can have",
    StandingReason.FOREIGN_CLICK: "the click that it names is not the account's",
}
_STATUS_WORDS: Final[dict[Status, str]] = {
    Status.APPROVED: "Approved",
    Status.HELD: "Held until somebody looks at it",
    Status.WAITING: "Waiting",
    Status.UNMATCHED: "Not matched",
    Status.CONFLICT: "In conflict",
    Status.REJECTED: "Rejected",
    Status.VOIDED: "Taken back as if it had never been",
}
METHOD_WORDS: Final[dict[Method, str]] = {
    Method.NONE: "by nothing",
    Method.CLICK_ID: "by the id of its click",
    Method.COOKIE: "by our cookie",
    Method.CONTACT: "by the contact that its link was made for",
    Method.COUPON: "by its coupon",
    Method.LINK: "by its link, and to no click",
    Method.OFFER: "by its offer, and to no click",
}
FINDING_WORDS: Final[dict[CandidateFinding, str]] = {
    CandidateFinding.CHOSEN: "it earned the conversion",
    CandidateFinding.NOT_THE_FIRST: "another click was the first in its window",
    CandidateFinding.NOT_THE_LAST: "another click was the last in its window",
    CandidateFinding.OUTSIDE_WINDOW: "the conversion came later than its window lasts",
    CandidateFinding.AFTER_CONVERSION: "it came after the conversion",
    CandidateFinding.NOT_COUNTED: "it is not counted: a program's, a test, or what the policy leaves out",
    CandidateFinding.NOT_FOUND: "it is not stored, yet or any more",
    CandidateFinding.OF_ANOTHER_ACCOUNT: "it is not the account's",
    CandidateFinding.LESS_SURE: "something surer decided",
}


def explain(conversion: StoredConversion) -> str:
    """How it stands, why, and by what it is credited."""
    told = _STATUS_WORDS[conversion.status]
    if conversion.reason is not StandingReason.NONE:
        told += f": {REASON_WORDS[conversion.reason]}"
    if conversion.method is not Method.NONE:
        told += f". Credited {METHOD_WORDS[conversion.method]}"
    return f"{told}."


def start_sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
