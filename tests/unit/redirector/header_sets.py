"""Requests as clients send them, by the client's name: method, headers, and what each is to be judged as."""

from typing import NamedTuple

from tracking.bots.verdicts import TrafficClass, Verdict

Headers = dict[str, str]


class Request(NamedTuple):
    client: str
    headers: Headers
    verdict: Verdict = Verdict.HUMAN
    traffic_class: TrafficClass = TrafficClass.NONE
    method: str = "GET"
    scheme: str = "https"


HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HTML_OF_CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/141.0.0.0 Safari/537.36"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {KIT} Chrome/141.0.0.0 Safari/537.36"
LINUX = f"Mozilla/5.0 (X11; Linux x86_64) {KIT} Chrome/141.0.0.0 Safari/537.36"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {KIT} Chrome/141.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
SAFARI = f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1"
SAFARI_ON_MAC = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0"
    " Safari/605.1.15"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
WEBVIEW = (
    f"Mozilla/5.0 (Linux; Android 15; SM-S921B Build/AP3A.240905.015.A2; wv) {KIT} Version/4.0 Chrome/140.0.7339.51"
    " Mobile Safari/537.36"
)

_LANGUAGE = {"accept-language": "nl-NL,nl;q=0.9,en;q=0.8"}
_NAVIGATED = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
_TAPPED = {**_NAVIGATED, "sec-fetch-user": "?1"}


def hint(platform: str, *, brand: str = "Google Chrome", version: int = 141, mobile: str = "?0") -> Headers:
    return {
        "sec-ch-ua": f'"{brand}";v="{version}", "Not?A_Brand";v="8", "Chromium";v="{version}"',
        "sec-ch-ua-mobile": mobile,
        "sec-ch-ua-platform": f'"{platform}"',
    }


def browse(user_agent: str, *more: Headers, accept: str = HTML) -> Headers:
    headers = {"user-agent": user_agent, "accept": accept, **_LANGUAGE}
    for each in more:
        headers |= each
    return headers


def leave_out(headers: Headers, *names: str) -> Headers:
    return {name: value for name, value in headers.items() if name not in names}


CHROME = browse(WINDOWS, _TAPPED, hint("Windows"), accept=HTML_OF_CHROME)
CHROME_ON_ANDROID = browse(ANDROID, _TAPPED, hint("Android", mobile="?1"), accept=HTML_OF_CHROME)


def open_in_app(user_agent: str, package: str = "") -> Headers:
    """Android's WebView names the package of its app, that of iOS nothing."""
    return browse(user_agent, {"x-requested-with": package} if package else {})


def fetch(user_agent: str, accept: str = "*/*", **more: str) -> Headers:
    """As a program asks: no language, any type."""
    return {"user-agent": user_agent, "accept": accept, "accept-encoding": "gzip", **more}
