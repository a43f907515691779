"""Why a click counts or not, in words; for the api."""

from typing import Final

from tracking.clicks.queries import Counting, StoredClick
from tracking.clicks.verdict import Reason

REASON_WORDS: Final[dict[Reason, str]] = {
    Reason.METHOD_HEAD: "it asked for headers only (HEAD), as programs do that check links",
    Reason.PREFETCH_HEADER: "a browser fetched it ahead of a click that may never come",
    Reason.USER_AGENT_MISSING: "it named no user agent",
    Reason.KNOWN_CRAWLER: "its user agent is that of a known program",
    Reason.PREVIEW_USER_AGENT: "an app fetched it to show a preview of the link",
    Reason.PREVIEW_IMESSAGE: "iMessage fetched it to show a preview of the link",
    Reason.HEADLESS: "its browser runs without a screen",
    Reason.CLIENT_HINTS_MISMATCH: "its browser's name and its client hints contradict each other",
    Reason.FROM_OR_SCANNER_HEADER: "its headers are those of a crawler or a scanner",
    Reason.TEST: "its link is a test link, or somebody sent it to try links out",
}
_OPENINGS: Final[dict[Counting, str]] = {
    Counting.SUSPECT: "Not counted: it may be a program",
    Counting.BOT: "Not counted: it is a program",
    Counting.PREVIEW: "Not counted: it is a preview",
    Counting.PREFETCH: "Not counted: it is a prefetch",
    Counting.TEST: "Not counted: it is a test",
}


def explain(click: StoredClick) -> str:
    span = "on this message" if click.is_bound else f"on this link on {click.visitor_day}"
    reasons = "; ".join(REASON_WORDS[reason] for reason in click.reasons)
    if click.counting is Counting.UNIQUE:
        told = f"Counted as unique: the first counted click of this visitor {span}"
    elif click.counting is Counting.REPEAT:
        told = f"Counted as a repeat: the visitor's first counted click {span} is another one"
    else:
        told = _OPENINGS[click.counting]
    return f"{told}. Seen: {reasons}." if reasons else f"{told}."
