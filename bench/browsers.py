"""The audience of the benches: a dozen header sets as browsers send them, and user agents in great number."""

import itertools
from collections.abc import Iterator

import crawleruseragents

CHROME = "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
MOBILE = "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Mobile Safari/537.36"
FIREFOX = "Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
SAFARI = "Mozilla/5.0 ({system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version} Mobile/15E148 Safari/604.1"
INSTAGRAM = (
    "Mozilla/5.0 ({system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
    "Instagram {version}.0.0.28.104 (iPhone15,3; iOS 18_1; en_US; en; scale=3.00; 1290x2796)"
)
TIKTOK = (
    "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/{version}.0.0.0 "
    "Mobile Safari/537.36 trill_360103 BytedanceWebview/d8a21c6"
)

WINDOWS = "Windows NT 10.0; Win64; x64"
MAC = "Macintosh; Intel Mac OS X 10_15_7"
LINUX = "X11; Linux x86_64"
ANDROID = "Linux; Android 10; K"
IPHONE = "iPhone; CPU iPhone OS 18_1 like Mac OS X"

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
LANGUAGES = ("en-US,en;q=0.9", "de-DE,de;q=0.9,en;q=0.8", "fr-FR,fr;q=0.9", "es-ES,es;q=0.9,en;q=0.7")
REFERRERS = ("https://www.instagram.com/", "https://www.tiktok.com/", "https://www.youtube.com/", "")

# (user agent, is Chromium): those send client hints as well.
DOZEN = (
    (CHROME.format(system=WINDOWS, version=141), True),
    (CHROME.format(system=MAC, version=141), True),
    (CHROME.format(system=LINUX, version=140), True),
    (MOBILE.format(system=ANDROID, version=141), True),
    (MOBILE.format(system=ANDROID, version=139), True),
    (FIREFOX.format(system=WINDOWS, version=143), False),
    (FIREFOX.format(system=MAC, version=143), False),
    (FIREFOX.format(system=LINUX, version=140), False),
    (SAFARI.format(system=IPHONE, version="18.1"), False),
    (SAFARI.format(system=IPHONE, version="17.6"), False),
    (INSTAGRAM.format(system=IPHONE, version=350), False),
    (TIKTOK.format(system=ANDROID, version=138), False),
)


def make_header_sets() -> list[str]:
    """A dozen browsers' headers on following a link, each ready to stand in a request after its Host line."""
    return [
        _format_headers(user_agent, is_chromium, LANGUAGES[number % 4], REFERRERS[number % 4])
        for number, (user_agent, is_chromium) in enumerate(DOZEN)
    ]


def _format_headers(user_agent: str, is_chromium: bool, language: str, referrer: str) -> str:
    headers_of_chromium = _hint(user_agent) if is_chromium else {}
    headers = {
        "Connection": "keep-alive",
        **headers_of_chromium,
        "Upgrade-Insecure-Requests": "1",
        "User-Agent": user_agent,
        "Accept": HTML,
        "Sec-Fetch-Site": "cross-site" if referrer else "none",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-User": "?1",
        "Sec-Fetch-Dest": "document",
        **({"Referer": referrer} if referrer else {}),
        "Accept-Encoding": "gzip, deflate, br, zstd",
        "Accept-Language": language,
    }
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


def _hint(user_agent: str) -> dict[str, str]:
    """As the user agent says, for a browser whose hints contradict it is suspect."""
    version = user_agent.partition("Chrome/")[2].partition(".")[0]
    platforms = {WINDOWS: "Windows", MAC: "macOS", LINUX: "Linux", ANDROID: "Android"}
    platform = next(name for system, name in platforms.items() if system in user_agent)
    return {
        "sec-ch-ua": f'"Chromium";v="{version}", "Google Chrome";v="{version}", "Not?A_Brand";v="8"',
        "sec-ch-ua-mobile": "?1" if platform == "Android" else "?0",
        "sec-ch-ua-platform": f'"{platform}"',
    }


def make_user_agents(count: int) -> list[bytes]:
    """Distinct user agents: browsers of many versions, and a known crawler at every twentieth place."""
    browsers = _make_browsers()
    crawlers = _list_crawlers()
    return [next(crawlers if number % 20 == 19 else browsers).encode() for number in range(count)]


def _make_browsers() -> Iterator[str]:
    forms = ((CHROME, (WINDOWS, MAC, LINUX)), (MOBILE, (ANDROID,)), (FIREFOX, (WINDOWS, MAC, LINUX)))
    for build in itertools.count(90):
        for form, systems in forms:
            for system in systems:
                yield form.format(system=system, version=build)
        yield SAFARI.format(system=IPHONE, version=f"18.{build}")
        yield INSTAGRAM.format(system=IPHONE, version=build)
        yield TIKTOK.format(system=ANDROID, version=build)


def _list_crawlers() -> Iterator[str]:
    instances = (text for entry in crawleruseragents.CRAWLER_USER_AGENTS_DATA for text in entry["instances"])
    yield from dict.fromkeys(text for text in instances if text.isascii())
