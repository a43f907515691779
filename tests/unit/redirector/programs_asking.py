"""Requests of programs: fetched ahead, for previews, by crawlers, libraries, tools and scanners."""

from tests.unit.redirector.header_sets import (
    CHROME,
    CHROME_ON_ANDROID,
    FIREFOX,
    HTML,
    IPHONE,
    LINUX,
    SAFARI,
    WEBVIEW,
    Request,
    browse,
    fetch,
    hint,
)
from tests.unit.redirector.people_asking import DOUBTFUL
from tracking.bots.verdicts import TrafficClass, Verdict

_BOT = Verdict.BOT
_PREFETCH = TrafficClass.PREFETCH
_PREVIEW = TrafficClass.PREVIEW
_LIBRARY = TrafficClass.LIBRARY
_SLACK = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"
_IMESSAGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1"
    " Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)
_TEAMS = "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com"
_HEADLESS = LINUX.replace("Chrome/", "HeadlessChrome/")
_LIGER = {
    **browse(f"{IPHONE} Mobile/22G100 [FBAN/FBIOS;FBAV/533.0.0.31.70]"),
    "x-purpose": "preview",
    "x-fb-http-engine": "Liger",
}

_AHEAD = [
    Request("Chrome, speculation rules", {**CHROME, "sec-purpose": "prefetch"}, _BOT, _PREFETCH),
    Request("Chrome, prerendering", {**CHROME, "sec-purpose": "prefetch;prerender"}, _BOT, _PREFETCH),
    Request(
        "Chrome, through a private proxy", {**CHROME, "sec-purpose": "prefetch;anonymous-client-ip"}, _BOT, _PREFETCH
    ),
    Request("Chrome, link prefetch", {**CHROME, "purpose": "prefetch"}, _BOT, _PREFETCH),
    Request("Firefox, link prefetch", browse(FIREFOX, {"sec-purpose": "prefetch"}), _BOT, _PREFETCH),
    Request("Firefox before 115, link prefetch", browse(FIREFOX, {"x-moz": "prefetch"}), _BOT, _PREFETCH),
    Request("Safari, top hit preloading", browse(SAFARI, {"purpose": "preview"}), _BOT, _PREFETCH),
    Request("Safari, instant", browse(SAFARI, {"x-purpose": "instant"}), _BOT, _PREFETCH),
    Request("Facebook, fetching before the tap", _LIGER, _BOT, _PREFETCH),
    Request("a router of Next.js, prefetching", {**CHROME, "next-router-prefetch": "1"}, _BOT, _PREFETCH),
    Request("a router of Next.js, for its component", {**CHROME, "rsc": "1"}, _BOT, _PREFETCH),
]
_PREVIEWS = [
    Request("Slack", fetch(_SLACK), _BOT, _PREVIEW),
    Request("Slack, by HEAD", fetch(_SLACK), _BOT, _PREVIEW, "HEAD"),
    Request("Discord", fetch("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"), _BOT, _PREVIEW),
    Request("Telegram", fetch("TelegramBot (like TwitterBot)"), _BOT, _PREVIEW),
    Request("X's card", fetch("Twitterbot/1.0"), _BOT, _PREVIEW),
    Request("LinkedIn's card", fetch("LinkedInBot/1.0 (compatible; Mozilla/5.0)", HTML), _BOT, _PREVIEW),
    Request("Facebook's card", fetch("facebookexternalhit/1.1"), _BOT, _PREVIEW),
    Request("WhatsApp, from the sender's phone", fetch("WhatsApp/2.23.20.0 A"), _BOT, _PREVIEW),
    Request("Signal, which says it is WhatsApp", fetch("WhatsApp/2"), _BOT, _PREVIEW),
    Request("iMessage, from the sender's phone", browse(_IMESSAGE), _BOT, _PREVIEW),
    Request("Teams", fetch(_TEAMS), _BOT, _PREVIEW),
    Request("Viber", fetch("Viber/24.9.0.0"), _BOT, _PREVIEW),
]
_PROGRAMS = [
    Request("Chrome, asking for headers", CHROME, _BOT, TrafficClass.INVALID, "HEAD"),
    Request("curl", {"user-agent": "curl/8.5.0", "accept": "*/*"}, _BOT, _LIBRARY),
    Request("Python's requests", fetch("python-requests/2.32.3", connection="keep-alive"), _BOT, _LIBRARY),
    Request("Go's client", {"user-agent": "Go-http-client/1.1", "accept-encoding": "gzip"}, _BOT, _LIBRARY),
    Request("Java's client", {"user-agent": "Java-http-client/21.0.1"}, _BOT, _LIBRARY),
    Request("axios", fetch("axios/1.7.2", "application/json, text/plain, */*"), _BOT, _LIBRARY),
    Request(
        "Googlebot",
        fetch("Mozilla/5.0 (compatible; Googlebot/2.1)", HTML, **{"from": "googlebot(at)googlebot.com"}),
        _BOT,
        TrafficClass.CRAWLER,
    ),
    Request("Googlebot without From", fetch("Mozilla/5.0 (compatible; Googlebot/2.1)"), _BOT, TrafficClass.CRAWLER),
    Request("GPTBot", fetch("Mozilla/5.0 AppleWebKit/537.36; compatible; GPTBot/1.2"), _BOT, TrafficClass.AI_AGENT),
    Request("headless Chrome", browse(_HEADLESS), _BOT, TrafficClass.HEADLESS),
    Request(
        "headless Chrome that hides in its hints alone",
        browse(LINUX, hint("Linux", brand="HeadlessChrome")),
        _BOT,
        TrafficClass.HEADLESS,
    ),
    Request(
        "headless Edge, by its hints",
        browse(LINUX, hint("Linux", brand="HeadlessEdge")),
        _BOT,
        TrafficClass.HEADLESS,
    ),
    Request("a scanner that says so", {**CHROME_ON_ANDROID, "x-scanner": "1"}, _BOT, TrafficClass.SCANNER),
    Request("a browser with an address to write to", {**CHROME, "from": "a@example.com"}, _BOT, TrafficClass.SCANNER),
    Request(
        "a bot in an app's clothes", browse(f"{WEBVIEW} Instagram 402.0 UnlistedBot/1.0"), _BOT, TrafficClass.CRAWLER
    ),
]
PROGRAMS_ASKING = [*_AHEAD, *_PREVIEWS, *_PROGRAMS, *DOUBTFUL]
