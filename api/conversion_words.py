"""The words of conversions as the graph names them: for conversions, their entries and receipts, and for settings."""

from api.enums import publish_enum
from tracking.conversions.explanations import FINDING_WORDS, METHOD_WORDS, REASON_WORDS, start_sentence
from tracking.conversions.kinds import ConversionKind, EntryCause, Method, Proof, Source, StandingReason, Status, Trust
from tracking.conversions.receipts import CandidateFinding

__all__ = [  # from here they are those that are published
    "CandidateFinding",
    "ConversionKind",
    "EntryCause",
    "Method",
    "Proof",
    "Source",
    "StandingReason",
    "Status",
    "Trust",
]

publish_enum(
    ConversionKind,
    "What happened.",
    {
        ConversionKind.LEAD: "Somebody may become a customer.",
        ConversionKind.SALE: "Somebody bought.",
        ConversionKind.REBILL: "A customer was charged again.",
        ConversionKind.INSTALL: "An app was installed.",
        ConversionKind.SIGNUP: "Somebody signed up.",
        ConversionKind.CUSTOM: "Any other event, by its name.",
        ConversionKind.REFUND: "Money of a sale was given back.",
        ConversionKind.CHARGEBACK: "A bank took money of a sale back.",
        ConversionKind.VOID: "A sale is taken back as if it had never been.",
    },
)
publish_enum(
    Status,
    "How a conversion stands. Reports count approved ones alone.",
    {
        Status.APPROVED: "It counts.",
        Status.HELD: "It waits for a person: `approveConversions` or `rejectConversions`.",
        Status.WAITING: "Its click, or the sale that it takes back, has not come yet.",
        Status.UNMATCHED: "There is no click that it could belong to.",
        Status.CONFLICT: "Another report of the same key holds, with another amount.",
        Status.REJECTED: "A person rejected it.",
        Status.VOIDED: "It was taken back as if it had never been.",
    },
    name="ConversionStatus",
)
publish_enum(
    StandingReason,
    "Why a conversion stands as it does.",
    {reason: start_sentence(words) for reason, words in REASON_WORDS.items()},
    name="ConversionReason",
)
publish_enum(
    Trust,
    "How sure it is that the brand reported it, the least sure first.",
    {
        Trust.UNVERIFIED: "Nothing proves it.",
        Trust.TOKEN: "By an offer's secret, an API key, a click id, or our own cookie.",
        Trust.SIGNED: "By a signature.",
    },
    name="ConversionTrust",
)
publish_enum(
    Proof,
    "By what a report proves that the brand sent it, the weakest first.",
    {
        Proof.NONE: "By nothing of its own.",
        Proof.OFFER_SECRET: "By a postback secret of its offer.",
        Proof.API_KEY: "By a credential of the graph.",
        Proof.SIGNATURE: "By a signature.",
    },
    name="ConversionProof",
)
publish_enum(
    Source,
    "Through which door a report came.",
    {
        Source.POSTBACK: "`/conv` of the tracking domain.",
        Source.OFFER_POSTBACK: "`/conv/offer`, with the offer's secret.",
        Source.PIXEL: "`/pixel/….gif`, an image in a page.",
        Source.SNIPPET: "The snippet of the confirmation page.",
        Source.SIGNED_POSTBACK: "`/conv`, signed.",
        Source.GRAPH: "`recordConversions`.",
        Source.IMPORT: "A file that was imported.",
    },
    name="ConversionSource",
)
publish_enum(
    Method,
    "By what a conversion is credited, the surest first.",
    {method: start_sentence(words) for method, words in METHOD_WORDS.items()},
    name="AttributionMethod",
)
publish_enum(
    EntryCause,
    "What made a conversion stand otherwise than before.",
    {
        EntryCause.RECORDED: "It was reported.",
        EntryCause.REPORTED_AGAIN: "It was reported again, by a surer source or with more to go by.",
        EntryCause.CLICK_FOUND: "A click that it names was stored.",
        EntryCause.CLICK_RELABELLED: "A click was judged anew.",
        EntryCause.ORDER_CHANGED: "Something else of its order changed, such as a refund that was reported.",
        EntryCause.APPROVED_BY_HAND: "A person approved it.",
        EntryCause.REJECTED_BY_HAND: "A person rejected it.",
        EntryCause.REMATCHED: "`rematchConversion` looked for its click again.",
        EntryCause.WAITED_TOO_LONG: "What it waited for did not come.",
    },
    name="ConversionEntryCause",
)
publish_enum(
    CandidateFinding,
    "What became of a click that could have earned a conversion.",
    {finding: start_sentence(words) for finding, words in FINDING_WORDS.items()},
)
