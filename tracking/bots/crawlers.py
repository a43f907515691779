"""Which programs a user agent names itself after, by the community's list, without its patterns that match people."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypedDict

import msgspec

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


class _Entry(TypedDict):
    """What is used of the list's entries: a tenth of them, and the rest would stay in memory for nothing."""

    pattern: str
    tags: list[str]


class CrawlerList:
    def __init__(self, entries: Sequence[Mapping[str, Any]]) -> None:
        used = [entry for entry in entries if entry["pattern"] not in REFUSED_PATTERNS]
        self._tags = [frozenset[str](entry.get("tags", ())) for entry in used]
        self._patterns = PatternSet(_NARROWED_PATTERNS.get(entry["pattern"], entry["pattern"]) for entry in used)

    def find_tags(self, user_agent: str) -> frozenset[str] | None:
        matches = self._patterns.match(user_agent)
        return frozenset[str]().union(*(self._tags[index] for index in matches)) if matches else None


@cache
def load_crawlers() -> CrawlerList:
    """Compile the list, once for the process: 10 ms that a program spends at its start, not in its first request."""
    return CrawlerList(msgspec.json.decode(_find_list().read_bytes(), type=list[_Entry]))


def _find_list() -> Path:
    """The package would read the whole list on being imported."""
    found = find_spec("crawleruseragents")
    assert found is not None and found.origin is not None  # noqa: S101, PT018 -- a dependency, with a file of its own
    return Path(found.origin).with_name("crawler-user-agents.json")


def find_crawler_tags(user_agent: str) -> frozenset[str] | None:
    """What kinds of program the list knows this user agent as (`search-engine`, `http-library` …); None: not listed."""
    return load_crawlers().find_tags(user_agent)
