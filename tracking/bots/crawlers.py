"""Which programs a user agent names itself after, by the community's list, without its patterns that match people."""

from functools import cache
from typing import Any, Final

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from tracking.bots.patterns import PatternSet

# Found by running the list over browsers of people: an Android build id, Facebook's in-app browser, names of phones.
REFUSED_PATTERNS: Final = frozenset(
    {
        r"AP3A\.240617\.008",
        "MetaIAB Facebook",
        "Sonic",
        "Butterfly",
        "Fever",
        "Fluid",
        "Expanse",
        "Blackboard",
        r"Notion\/",
        r"Code\/1\.",
        r"Trae\/",
        r"Freespoke\/",
        r"008\/",
        r"Fetch\/",
    }
)
# These name programs and, elsewhere in the text, apps that people browse in.
_NARROWED_PATTERNS: Final = {"Sogou": r"(?i)Sogou.{0,20}spider", "WhatsApp": "^WhatsApp/", "Viber": "^Viber"}


class CrawlerList:
    def __init__(self, entries: list[dict[str, Any]]) -> None:
        used = [entry for entry in entries if entry["pattern"] not in REFUSED_PATTERNS]
        self._tags = [frozenset[str](entry.get("tags", ())) for entry in used]
        self._patterns = PatternSet(_NARROWED_PATTERNS.get(entry["pattern"], entry["pattern"]) for entry in used)

    def find_tags(self, user_agent: str) -> frozenset[str] | None:
        matches = self._patterns.match(user_agent)
        return frozenset[str]().union(*(self._tags[index] for index in matches)) if matches else None


@cache
def load_crawlers() -> CrawlerList:
    """Compile the list, once for the process: 10 ms that a program spends at its start, not in its first request."""
    return CrawlerList(CRAWLER_USER_AGENTS_DATA)


def find_crawler_tags(user_agent: str) -> frozenset[str] | None:
    """What kinds of program the list knows this user agent as (`search-engine`, `http-library` …); None: not listed."""
    return load_crawlers().find_tags(user_agent)
