"""Why a click counts or not, in words; for the api."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.filters import Counting
from tracking.clicks.ids import read_click_time
from tracking.clicks.queries import StoredClick

REASON_WORDS: Final[dict[Reason, str]] = {
    Reason.METHOD_HEAD: "it asked for headers only (HEAD), as programs do that check links",
    Reason.PREFETCH_HEADER: "a browser fetched it ahead of a click that may never come",
    Reason.USER_AGENT_MISSING: "it named no user agent",
    Reason.USER_AGENT_NOT_BROWSER: "its user agent is not that of a browser",
    Reason.USER_AGENT_MALFORMED: "its user agent is written as no browser writes one",
    Reason.USER_AGENT_LINK: "its user agent names a web page or an address to write to, as those of programs do",
    Reason.USER_AGENT_BOT_WORD: "its user agent calls itself a bot, a crawler or the like",
    Reason.KNOWN_CRAWLER: "its user agent is that of a known program",
    Reason.PREVIEW_USER_AGENT: "an app fetched it to show a preview of the link",
    Reason.PREVIEW_IMESSAGE: "iMessage fetched it to show a preview of the link",
    Reason.HEADLESS: "its browser runs without a screen",
    Reason.CLIENT_HINTS_MISMATCH: "its browser's name and its client hints contradict each other",
    Reason.NO_ACCEPT_LANGUAGE: "it named no language, which browsers do",
    Reason.ODD_ACCEPT: "it did not ask for a page, which browsers do",
    Reason.NO_FETCH_METADATA: "it lacks headers that its browser sends",
    Reason.FROM_OR_SCANNER_HEADER: "its headers are those of a crawler or a scanner",
    Reason.HOSTING_NETWORK: "it came from the network of a hosting provider",
    Reason.BURST_ON_MESSAGE: "several links of the contact's message were opened within moments, as scanners do",
    Reason.BURST_ACROSS_CONTACTS: "links of several contacts were opened from one network within moments",
    Reason.BURST_ACROSS_CONTACTS_ALIKE: (
        "links of several contacts were opened within moments from one network by one user agent"
    ),
    Reason.TOO_SOON_AFTER_DELIVERY: "it came sooner after the delivery than people open messages",
    Reason.HONEYPOT: "it opened a link that no person sees",
    Reason.NEAR_HONEYPOT: "the same program opened a link that no person sees, within a minute",
    Reason.VELOCITY: "the link was opened by one user agent of one network faster than people do",
    Reason.MANY_CLICKS: "the link was opened many times in a minute by one user agent of one network",
    Reason.VELOCITY_OF_NETWORK: "its network opened very many links within a minute",
    Reason.DENIED_BY_POLICY: "the account's list denies it",
    Reason.ALLOWED_BY_POLICY: "the account's list allows it",
    Reason.MANUAL: "somebody of the account decided so",
    Reason.NOT_CONFIRMED: "nobody continued past the page that asks to",
    Reason.TEST: "its link is a test link, or somebody sent it to try links out",
    Reason.NOT_A_NAVIGATION: "its browser says that a page fetched it, as an image or by a script",
    Reason.NATIVE_APP: "its user agent is that of an app without a browser",
    Reason.IN_APP_BROWSER: "it is the browser of an app in which people follow links",
    Reason.USER_ACTIVATION: "its browser says that somebody clicked or tapped",
    Reason.RETURNING_COOKIE: "its browser has been here before",
    Reason.CONFIRMED: "somebody continued past the page that asks to",
    Reason.CONVERSION: "it led to a conversion that was verified",
}
_NOT_COUNTED: Final[dict[Counting, str]] = {
    Counting.SUSPECT: "it may be a program, and the policy counts no such clicks here",
    Counting.BOT: "it is a program",
    Counting.PREVIEW: "it is a preview",
    Counting.PREFETCH: "it is a prefetch",
    Counting.TEST: "it is a test",
}
_THOUGH: Final[dict[Verdict, str]] = {
    Verdict.HUMAN: "",
    Verdict.SUSPECT: ". It may be a program; the policy counts such clicks here",
    Verdict.BOT: ". It is a program; the policy counts these as well",
}
_SAID: Final[dict[Verdict, str]] = {
    Verdict.HUMAN: "a person's",
    Verdict.SUSPECT: "perhaps a program's",
    Verdict.BOT: "a program's",
}


def explain(click: StoredClick) -> str:
    """What it was counted as and why, what spoke for that, and who or what changed it later."""
    told = [_tell_counting(click), *_tell_changes(click)]
    others = [reason for reason in click.reasons if reason not in {Reason.MANUAL, _find_opening_reason(click)}]
    reasons = "; ".join(REASON_WORDS[reason] for reason in others)
    if reasons:
        told.insert(1, f"Seen: {reasons}")
    return " ".join(f"{each}." for each in told)


def _tell_counting(click: StoredClick) -> str:
    if not click.is_counted:
        reason = _find_opening_reason(click)
        return f"Not counted: {REASON_WORDS[reason] if reason else _NOT_COUNTED[click.counting]}"
    span = "on this message" if click.is_bound else f"on this link on {click.visitor_day}"
    first = f"the first counted click of this {'contact' if click.is_bound else 'visitor'} {span}"
    if click.counting is Counting.UNIQUE:
        told = f"Counted as unique: {first}"
    elif click.unique_holder_id is None:
        told = f"Counted as a repeat: {first} is another one, which is not kept any more"
    else:
        told = f"Counted as a repeat: {first} is that of {_write_time(read_click_time(click.unique_holder_id))}"
    return told + _THOUGH[click.verdict]


def _find_opening_reason(click: StoredClick) -> Reason | None:
    """The one that says by itself why a click does not count, whatever a policy thinks of suspects."""
    is_unconfirmed = click.counting is Counting.SUSPECT and Reason.NOT_CONFIRMED in click.reasons
    return Reason.NOT_CONFIRMED if is_unconfirmed else None


def _tell_changes(click: StoredClick) -> Iterator[str]:
    if Reason.MANUAL in click.reasons and click.manual_verdict is not None:
        note = f": “{click.manual_note}”" if click.manual_note else ""
        yield f"Somebody of the account decided that it is {_SAID[click.manual_verdict]}{note}"
    if click.policy_at is not None:
        yield f"Judged again under ruleset {click.ruleset} and the policy of {_write_time(click.policy_at)}"


def _write_time(at: dt.datetime) -> str:
    """Another click of the same second is told apart by its milliseconds."""
    return f"{at.astimezone(dt.UTC).isoformat(sep=' ', timespec='milliseconds').removesuffix('+00:00')} UTC"
