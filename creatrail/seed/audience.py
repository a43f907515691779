"""Who follows the links of a demo: browsers, apps and programs as they really name themselves, and how often."""

from enum import Enum, auto
from typing import Final, NamedTuple

from tracking.clicks.event import Fact
from tracking.creators.models import Platform


class Kind(Enum):
    PERSON = auto()
    PREVIEW = auto()
    CRAWLER = auto()
    PREFETCH = auto()
    HEAD = auto()
    HEADLESS = auto()
    NAMELESS = auto()


# Requests of a hundred.
SHARES: Final[dict[Kind, float]] = {
    Kind.PERSON: 82,
    Kind.CRAWLER: 6,
    Kind.PREVIEW: 5,
    Kind.NAMELESS: 3,
    Kind.PREFETCH: 2,
    Kind.HEAD: 1,
    Kind.HEADLESS: 1,
}


class Client(NamedTuple):
    user_agent: bytes
    facts: Fact
    weight: float = 1
    referrer: bytes = b""


_PAGE = Fact.ACCEPT_LANGUAGE | Fact.ACCEPT_HTML
_SAFARI = _PAGE | Fact.SEC_FETCH | Fact.SEC_FETCH_NAVIGATE
_CHROME = _SAFARI | Fact.SEC_FETCH_USER | Fact.CLIENT_HINTS
_WEBVIEW = _SAFARI | Fact.REQUESTED_WITH_APP
_PROGRAM = Fact.ACCEPT_ANY_ONLY

_IPHONE = b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
_GALAXY = (
    b"Mozilla/5.0 (Linux; Android 15; SM-S921B Build/AP3A.240905.015.A2; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    b"Version/4.0 Chrome/140.0.7339.51 Mobile Safari/537.36 "
)
_REDMI = (
    b"Mozilla/5.0 (Linux; Android 14; 23129RA5FL Build/UKQ1.231207.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    b"Version/4.0 Chrome/139.0.7258.143 Mobile Safari/537.36 "
)
_BLINK = b" AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
_INSTAGRAM_PAGE = b"https://l.instagram.com/"
_YOUTUBE_PAGE = b"https://www.youtube.com/"

BROWSERS: Final = (
    Client(_IPHONE + b"Version/18.6 Mobile/15E148 Safari/604.1", _SAFARI, 34),
    Client(b"Mozilla/5.0 (Linux; Android 10; K)" + _BLINK + b"Mobile Safari/537.36", _CHROME, 28),
    Client(b"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + _BLINK + b"Safari/537.36", _CHROME, 14),
    Client(b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)" + _BLINK + b"Safari/537.36", _CHROME, 6),
    Client(
        b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        b" Version/18.6 Safari/605.1.15",
        _SAFARI,
        7,
    ),
    Client(b"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + _BLINK + b"Safari/537.36 Edg/140.0.0.0", _CHROME, 5),
    Client(
        b"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0"
        b" Chrome/130.0.0.0 Mobile Safari/537.36",
        _CHROME,
        4,
    ),
    Client(b"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", _CHROME & ~Fact.CLIENT_HINTS, 2),
)

# The browsers inside the apps where creators post; people come from them or from a browser of their own.
APPS: Final[dict[Platform, tuple[Client, ...]]] = {
    Platform.INSTAGRAM: (
        Client(
            _IPHONE + b"Mobile/22G100 Instagram 397.0.0.21.81 (iPhone15,2; iOS 18_6_2; en_GB; en; scale=3.00;"
            b" 1179x2556; 789012345)",
            _SAFARI,
            6,
            _INSTAGRAM_PAGE,
        ),
        Client(
            _GALAXY + b"Instagram 397.0.0.46.81 Android (35/15; 480dpi; 1080x2340; samsung; SM-S921B; e1s;"
            b" s5e9945; de_DE; 790123456)",
            _WEBVIEW,
            4,
            _INSTAGRAM_PAGE,
        ),
    ),
    Platform.TIKTOK: (
        Client(
            _IPHONE + b"Mobile/15E148 musical_ly_41.2.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/en"
            b" Region/GB BytedanceWebview/d8a21c6",
            _SAFARI,
            5,
        ),
        Client(
            _REDMI + b"trill_410204 JsSdk/1.0 NetType/4G Channel/googleplay AppName/trill app_version/41.2.4"
            b" ByteLocale/de Region/DE BytedanceWebview/d8a21c6",
            _WEBVIEW,
            5,
        ),
    ),
    Platform.YOUTUBE: (
        Client(b"Mozilla/5.0 (Linux; Android 10; K)" + _BLINK + b"Mobile Safari/537.36", _CHROME, 6, _YOUTUBE_PAGE),
        Client(b"Mozilla/5.0 (Windows NT 10.0; Win64; x64)" + _BLINK + b"Safari/537.36", _CHROME, 4, _YOUTUBE_PAGE),
    ),
    Platform.FACEBOOK: (
        Client(
            _GALAXY + b"[FB_IAB/FB4A;FBAV/530.0.0.48.74;]",
            _WEBVIEW,
            6,
            b"https://m.facebook.com/",
        ),
        Client(
            _IPHONE + b"Mobile/22G100 [FBAN/FBIOS;FBAV/530.0.0.37.109;FBBV/780123456;FBDV/iPhone15,2;FBMD/iPhone;"
            b"FBSN/iOS;FBSV/18.6.2]",
            _SAFARI,
            4,
            b"https://lm.facebook.com/",
        ),
    ),
}

_PROGRAMS: Final[dict[Kind, tuple[Client, ...]]] = {
    Kind.CRAWLER: (
        Client(b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", _PROGRAM, 5),
        Client(b"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", _PROGRAM, 3),
        Client(b"Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", _PROGRAM, 3),
        Client(b"Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)", _PROGRAM, 2),
        Client(
            b"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            _PROGRAM,
            2,
        ),
        Client(b"python-requests/2.32.3", _PROGRAM, 2),
        Client(b"curl/8.5.0", _PROGRAM, 1),
    ),
    Kind.PREVIEW: (
        Client(b"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", _PROGRAM, 5),
        Client(b"WhatsApp/2.23.20.0", _PROGRAM, 4),
        Client(b"Twitterbot/1.0", _PROGRAM, 2),
        Client(b"TelegramBot (like TwitterBot)", _PROGRAM, 2),
        Client(b"Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", _PROGRAM, 1),
        Client(b"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", _PROGRAM, 1),
        Client(
            b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1"
            b" Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
            _PAGE,
            3,
        ),
    ),
    Kind.HEADLESS: (
        Client(
            b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"
            b" HeadlessChrome/140.0.0.0 Safari/537.36",
            _CHROME | Fact.CLIENT_HINTS_HEADLESS,
        ),
    ),
    Kind.NAMELESS: (Client(b"", _PROGRAM | Fact.USER_AGENT_MISSING),),
}

# Countries by the languages that their browsers ask for.
LANGUAGES: Final[dict[bytes, float]] = {
    b"de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7": 38,
    b"en-GB,en;q=0.9": 22,
    b"de-AT,de;q=0.9,en;q=0.8": 9,
    b"en-US,en;q=0.9": 8,
    b"de-CH,de;q=0.9,fr;q=0.8": 6,
    b"fr-FR,fr;q=0.9,en;q=0.8": 5,
    b"nl-NL,nl;q=0.9,en;q=0.8": 5,
    b"pl-PL,pl;q=0.9": 4,
    b"es-ES,es;q=0.9": 3,
}

_SHARE_IN_APP: Final = 0.65


def list_clients(kind: Kind, platform: Platform) -> tuple[list[Client], list[float]]:
    """The clients of one kind that follow a link posted on this platform, and how often each does."""
    if kind in _PROGRAMS:
        clients = list(_PROGRAMS[kind])
        return clients, [client.weight for client in clients]
    apps = APPS.get(platform, ())
    share_in_app = _SHARE_IN_APP if apps else 0
    clients = [*apps, *BROWSERS]
    weights = [share_in_app * weight for weight in _normalise(apps)]
    weights += [(1 - share_in_app) * weight for weight in _normalise(BROWSERS)]
    extra = {Kind.PREFETCH: Fact.PREFETCH, Kind.HEAD: Fact.HEAD}.get(kind, Fact(0))
    return [client._replace(facts=client.facts | extra) for client in clients], weights


def _normalise(clients: tuple[Client, ...]) -> list[float]:
    total = sum(client.weight for client in clients)
    return [client.weight / total for client in clients]
