"""The reasons of verdicts as the graph names them: for clicks, which show them, and for policies, which weigh them."""

from api.enums import publish_enum
from tracking.bots.verdicts import Reason as Reason  # noqa: PLC0414 -- from here it is one that is published
from tracking.clicks.explanations import REASON_WORDS

publish_enum(
    Reason,
    "What spoke for a verdict.",
    {reason: f"{words[0].upper()}{words[1:]}." for reason, words in REASON_WORDS.items()},
)
