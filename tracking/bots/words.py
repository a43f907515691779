"""What programs call themselves and what they are made with, looked for in what `phones.py` leaves of a user agent."""

from typing import Final, NamedTuple

import re2

from tracking.bots.patterns import PatternSet
from tracking.bots.verdicts import TrafficClass

# What nobody but a program says of itself, in an app's browser too.
_BOT: Final = (
    r"(?i)bot(?:s|[^a-z]|$)|crawl|spider(?:[^a-z]|$)|spyder|headless|phantomjs|slimerjs|slurp|scrapy|brandverity"
)

# A page or an address to write to. `.NET` and the ids of apps (`com.example.app`) are neither.
_ADDRESS: Final = r"(?i)https?:|\bwww\.|\+http|mailto:|[a-z0-9._-]+(?:@| at | \[at\] )[a-z0-9-]+(?:\.| dot )[a-z]{2,}"
_ENDINGS: Final = (
    "com|org|net|info|biz|io|de|ru|fr|nl|uk|cz|it|pl|jp|cn|eu|ai|dev|app|co|us|li|me|be|ch|at|se|no|dk|es|br|in|tv|ly"
)
# In small letters only: portals write theirs otherwise in the browsers that they hand out (`WEB.DE`, `Mail.Ru`).
_HOST: Final = rf"(?:^|[^A-Za-z0-9.@_/-])([a-z0-9-]{{2,}})(?:\.[a-z0-9-]+)*\.(?:{_ENDINGS})(?:[/;), ]|$)"
_BEGINNING_OF_HOST: Final = re2.compile(_HOST)
_BEGINNINGS_OF_IDS: Final = frozenset(_ENDINGS.split("|"))

_HEADLESS: Final = r"(?i)Headless(?:Chrome|Edg)|PhantomJS|SlimerJS"

# Kinds of program, the first that fits. Much of it stands beside a real browser's string.
_KINDS: Final = {
    TrafficClass.HEADLESS: (
        r"puppeteer|playwright|selenium|webdriver|cypress|htmlunit|jsdom|zombie\.?js|dumprendertree|prerender"
        r"|rendertron|casperjs|wkhtml|2png|2pdf|topdf|toimage|imgsizer|screen-?shot|screenie|site-?shot|web-?shot"
        r"|mshots|browsershots|browserbase|thumb|snap(?:shot|r/|search)|web-?render"
    ),
    TrafficClass.AI_AGENT: (
        r"claude|gpt\b|openai|perplexity|anthropic|novaact|cohere-|mistralai|google-(?:extended|notebooklm)|-user/\d"
    ),
    TrafficClass.SCANNER: (
        r"scan(?:ner|ning|\b)|openvas|nessus|nikto|\bnmap|sqlmap|acunetix|netsparker|qualys|masscan|zgrab|detectify"
        r"|vulnerab|barracuda|virustotal|urlscan|netcraft|shodan|censys|safebrowsing|phish|trendmicro|forcepoint"
        r"|proofpoint|mimecast|safelinks|trustwave|owasp|burp ?suite|heimdall|geoedge|adverif|doubleverify|proximic"
        r"|grapeshot|google-safety"
    ),
    TrafficClass.MONITOR: (
        r"monitor|synthetic|uptime|pingdom|page ?speed|lighthouse|gtmetrix|web-?page-?test|\bptst\b|dareboost|debugbear"
        r"|speedcurve|sitespeed|ghost ?inspector|neustar|gomez|keynote|ruxit|dynatrace|newrelic|appdynamics|catchpoint"
        r"|site24x7|statuscake|dejaclick|observatory|nodemeter|\bylt\b|alertra|yottaa|rigor|validator|verif(?:y|ier|ication)"
        r"|check(?:er)?\b|link-?check|inspection|[ ;]agent\b|audit\b|optimizer|tester/|akamai"
    ),
    TrafficClass.LIBRARY: (
        r"http[-_ ]?client|httplib|urllib|python|\bperl\b|\bphp/|(?:\b|ns)curl\b|wget|libwww|powershell|okhttp|axios"
        r"|node-fetch|electron-fetch|client protocol|fetch api|winhttp|mechanize|httrack|webcopier|teleport"
        r"|offline explorer|sitesucker|webzip|downloader|download ?manager|appengine"
    ),
    TrafficClass.CRAWLER: (
        r"robot|bot[_\d]|spider|crwlr|archiver|scrap(?:e|ing)|harvest|extract|\bfetch|fetcher|indexer|analy[sz]er"
        r"|google-(?:ads|adwords|publisher|read|site|apps|http|amp|test|inspection)|googleother|cloudflare-"
        r"|google (?:keyword|favicon|search console|pp default|image)|keyword (?:tool|suggestion)|feed(?:burner|parser)"
        r"|feed(?:reader|fetcher|demon|ly)|reederformac|\brss|aggregator|survey/|copyright|plagiar|seo\b|backlink"
        r"|sitemap|search ?engine|semantic|localsearch|yandex\.translate|criteo|kimono|mapper(?:cmd)?/|linktiger"
        r"|builtwith|wappalyzer|datanyze|adbeat|brandwatch|meltwater|stumbleupon|wac-ofu|media-?tester|page-?freezer"
        r"|content-?king"
    ),
}
_KINDS_IN_ORDER: Final = tuple(_KINDS)
_BOT_AT, _HEADLESS_AT, _ADDRESS_AT, _HOST_AT, _FIRST_KIND_AT = range(5)
_PATTERNS: Final = PatternSet((_BOT, _HEADLESS, _ADDRESS, _HOST, *(f"(?i){words}" for words in _KINDS.values())))


class Words(NamedTuple):
    is_bot: bool = False
    is_headless: bool = False
    names_page: bool = False
    kind: TrafficClass | None = None


_NONE: Final = Words()


def read_words(wording: str) -> Words:
    matches = _PATTERNS.match(wording)
    if not matches:
        return _NONE
    return Words(
        is_bot=_BOT_AT in matches,
        is_headless=_HEADLESS_AT in matches,
        names_page=_ADDRESS_AT in matches or (_HOST_AT in matches and _names_host(wording)),
        kind=next((_KINDS_IN_ORDER[at - _FIRST_KIND_AT] for at in sorted(matches) if at >= _FIRST_KIND_AT), None),
    )


def _names_host(wording: str) -> bool:
    host = _BEGINNING_OF_HOST.search(wording)
    return host is not None and host[1].lower() not in _BEGINNINGS_OF_IDS
