"""Which programs a user agent names itself after, by the community's list, without its patterns that match people."""

from functools import cache
from typing import Any, Final

import re2
from crawleruseragents import CRAWLER_USER_AGENTS_DATA

_MATCHER_MAX_BYTES: Final = 64 << 20

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
    """All patterns as one automaton: every one of 1,500 is tried at once, in a few microseconds."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        options = re2.Options()
        options.max_mem = _MATCHER_MAX_BYTES
        options.never_capture = True
        self._patterns = re2.Set.SearchSet(options)
        self._tags: list[frozenset[str]] = []
        for entry in entries:
            pattern: str = entry["pattern"]
            if pattern not in REFUSED_PATTERNS:
                self._patterns.Add(_NARROWED_PATTERNS.get(pattern, pattern))
                self._tags.append(frozenset(entry.get("tags", ())))
        self._patterns.Compile()

    def find_tags(self, user_agent: str) -> frozenset[str] | None:
        matches = self._patterns.Match(user_agent)
        return frozenset[str]().union(*(self._tags[index] for index in matches)) if matches else None


@cache
def load_crawlers() -> CrawlerList:
    """Compile the list, once for the process: 10 ms that a program spends at its start, not in its first request."""
    return CrawlerList(CRAWLER_USER_AGENTS_DATA)


def find_crawler_tags(user_agent: str) -> frozenset[str] | None:
    """What kinds of program the list knows this user agent as (`search-engine`, `http-library` …); None: not listed."""
    return load_crawlers().find_tags(user_agent)
