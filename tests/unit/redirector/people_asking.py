"""Requests of people: in browsers of their own, with what guards their privacy, and in apps."""

from tests.unit.redirector.header_sets import (
    ANDROID,
    CHROME,
    CHROME_ON_ANDROID,
    FIREFOX,
    HTML,
    HTML_OF_CHROME,
    IPHONE,
    LINUX,
    MAC,
    SAFARI,
    SAFARI_ON_MAC,
    WEBVIEW,
    WINDOWS,
    Request,
    browse,
    hint,
    leave_out,
    open_in_app,
)
from tracking.bots.verdicts import Verdict

_TAPPED = {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-user": "?1"}
_NAVIGATED = {name: value for name, value in _TAPPED.items() if name != "sec-fetch-user"}
_IMAGE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}
_SCRIPT = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}
_FETCH_METADATA = ("sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user")
_HINTS = ("sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform")
_OPERA = f"{WINDOWS.replace('141', '140')} OPR/124.0.0.0"
_SAMSUNG = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0"
    " Mobile Safari/537.36"
)
_TIZEN = (
    "Mozilla/5.0 (SMART-TV; LINUX; Tizen 9.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.5 Safari/537.36"
)
_EXPLORER = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"

PEOPLE_ASKING = [
    Request("Chrome on Windows", CHROME),
    Request("Chrome on macOS", browse(MAC, _TAPPED, hint("macOS"))),
    Request("Chrome on Linux", browse(LINUX, _TAPPED, hint("Linux"))),
    Request("Chrome on Android", CHROME_ON_ANDROID),
    Request("Chrome on Android asking for the desktop's page", browse(LINUX, _TAPPED, hint("Linux"), {"dnt": "1"})),
    Request("a tablet with the desktop's page, whose hints say Android", browse(LINUX, _TAPPED, hint("Android"))),
    Request("a phone with a Mac's page, whose hints say Android", browse(MAC, _TAPPED, hint("Android"))),
    Request("a television", browse(_TIZEN, _NAVIGATED, hint("Linux", version=120))),
    Request("Chrome opened by window.open", browse(WINDOWS, _NAVIGATED, hint("Windows"), accept=HTML_OF_CHROME)),
    Request("Qt's browser, which names no language", leave_out(browse(LINUX, _NAVIGATED), "accept-language")),
    Request("Internet Explorer, reloading", browse(_EXPLORER, accept="*/*")),
    Request("Safari in Lockdown Mode", browse(SAFARI.replace("18_6_2", "17_5"), _NAVIGATED)),
    Request("Firefox without TLS", browse(FIREFOX), scheme="http"),
    Request("Safari without TLS", browse(SAFARI), scheme="http"),
    Request("Samsung Internet without TLS", browse(_SAMSUNG), scheme="http"),
    Request("Chrome through a proxy of HTTP/1.0", {**browse(WINDOWS), "via": "1.0 proxy"}, scheme="http"),
    Request("Chrome from a script's location change", browse(WINDOWS, _NAVIGATED, hint("Windows"))),
    Request("Chrome without TLS, which then sends neither hints nor metadata", browse(WINDOWS), scheme="http"),
    Request("Chrome on iPhone", browse(f"{IPHONE} CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1", _NAVIGATED)),
    Request("Edge on Windows", browse(f"{WINDOWS} Edg/141.0.0.0", _TAPPED, hint("Windows", brand="Microsoft Edge"))),
    Request("Opera on Windows", browse(_OPERA, _TAPPED, hint("Windows", brand="Opera", version=140))),
    Request("Brave on Windows", browse(WINDOWS, _TAPPED, hint("Windows", brand="Brave"), {"sec-gpc": "1"})),
    Request(
        "Samsung Internet",
        browse(
            _SAMSUNG,
            _TAPPED,
            hint("Android", brand="Samsung Internet", version=130, mobile="?1"),
        ),
    ),
    Request("Safari on iPhone", browse(SAFARI, _NAVIGATED)),
    Request("Safari on iPhone before it sent metadata", browse(SAFARI.replace("18_6_2", "15_6"))),
    Request("Safari on a Mac", browse(SAFARI_ON_MAC, _NAVIGATED)),
    Request("Safari through Private Relay", browse(SAFARI, _NAVIGATED, {"accept-language": "en-GB"})),
    Request("Firefox on Windows", browse(FIREFOX, _TAPPED)),
    Request("Firefox with strict protection", browse(FIREFOX, _TAPPED, {"sec-gpc": "1", "dnt": "1"})),
    Request("Tor Browser", browse(FIREFOX.replace("143.0", "128.0"), _TAPPED, {"accept-language": "en-US,en;q=0.5"})),
    Request("LibreWolf", browse(FIREFOX, _NAVIGATED, {"accept-language": "en-US,en;q=0.5", "sec-gpc": "1"})),
    Request("DuckDuckGo on iPhone", browse(f"{SAFARI} Ddg/18.6", _NAVIGATED)),
    Request(
        "Firefox for Android", browse("Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0", _TAPPED)
    ),
    Request("Chrome behind a proxy that strips hints and metadata", leave_out(CHROME, *_FETCH_METADATA, *_HINTS)),
    Request("Chrome behind a proxy that strips the language", leave_out(CHROME, "accept-language")),
    Request("Firefox behind a proxy that strips the language", leave_out(browse(FIREFOX, _TAPPED), "accept-language")),
    Request("Chrome following a wrapped link of a mail", {**CHROME, "referer": "https://urldefense.com/"}),
    Request("Chrome reading from its cache's validator", {**CHROME, "cache-control": "max-age=0"}),
    Request("a feature phone", browse("Nokia6300/2.0 (07.21) Profile/MIDP-2.0 Configuration/CLDC-1.1")),
    Request("Opera Mini", browse("Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119")),
    Request("a page of a Next.js site, opened", {**CHROME, "rsc": "0"}),
]

IN_APP_REQUESTS = [
    Request("Instagram on Android", open_in_app(f"{WEBVIEW} Instagram 402.0.0.48.82 Android", "com.instagram.android")),
    Request("Instagram on iPhone", open_in_app(f"{IPHONE} Mobile/22G100 Instagram 401.0.0.29.83 (iPhone15,3)")),
    Request("Threads on iPhone", open_in_app(f"{IPHONE} Mobile/22G100 Barcelona 401.0.0.24.80 (iPhone15,3)")),
    Request("Facebook on Android", open_in_app(f"{WEBVIEW} [FB_IAB/FB4A;FBAV/534.0.0.55.74;]", "com.facebook.katana")),
    Request("Facebook on iPhone", open_in_app(f"{IPHONE} Mobile/22G100 [FBAN/FBIOS;FBAV/533.0.0.31.70]")),
    Request("Messenger on Android", open_in_app(f"{WEBVIEW} [FB_IAB/Orca-Android;FBAV/520.0]", "com.facebook.orca")),
    Request("TikTok on Android", open_in_app(f"{WEBVIEW} trill_420105 JsSdk/1.0", "com.ss.android.ugc.trill")),
    Request("TikTok on iPhone", open_in_app(f"{IPHONE} Mobile/15E148 musical_ly_42.1.0 JsSdk/2.0 Channel/App Store")),
    Request("Snapchat on Android", open_in_app(f"{WEBVIEW} Snapchat/13.60.0.38", "com.snapchat.android")),
    Request("Snapchat on iPhone", open_in_app(f"{IPHONE} Mobile/22G100 Snapchat/13.58.0.47 (like Safari/8621, panda)")),
    Request("Pinterest on iPhone", open_in_app(f"{IPHONE} Mobile/22G100 [Pinterest/iOS]")),
    Request("LinkedIn on Android", open_in_app(f"{WEBVIEW} [LinkedInApp]/4.1.1090", "com.linkedin.android")),
    Request("X on Android", open_in_app(f"{WEBVIEW} TwitterAndroid", "com.twitter.android")),
    Request("X on iPhone", open_in_app(f"{SAFARI} Twitter for iPhone/11.20.5")),
    Request("Telegram on Android", open_in_app(f"{WEBVIEW} Telegram-Android/12.0.1", "org.telegram.messenger")),
    Request("LINE on Android", open_in_app(f"{WEBVIEW} Line/15.14.1/IAB", "jp.naver.line.android")),
    Request("WeChat on iPhone", open_in_app(f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.61 NetType/WIFI")),
    Request("an app that names only its package", open_in_app(WEBVIEW, "nl.shop.app")),
    Request("Google app on iPhone", open_in_app(f"{IPHONE} GSA/389.0.812 Mobile/15E148 Safari/604.1")),
    Request("WhatsApp on Android, which opens a tab of Chrome", open_in_app(f"{ANDROID} [WA4A/2.25.27;]")),
]

# People to all appearance, and programs to some: counted where the policy says so, and given a click id.
DOUBTFUL = [
    Request("a browser's name and nothing else", {"user-agent": WINDOWS}, Verdict.SUSPECT),
    Request("a browser's name from a command line", {"user-agent": FIREFOX, "accept": "*/*"}, Verdict.SUSPECT),
    Request("a script under a browser's name", {"user-agent": MAC, "accept": "application/json"}, Verdict.SUSPECT),
    Request(
        "a link as the source of an image", browse(FIREFOX, _IMAGE, accept="image/webp,*/*;q=0.8"), Verdict.SUSPECT
    ),
    Request("a link that a script of a page fetches", browse(WINDOWS, _SCRIPT, accept="*/*"), Verdict.SUSPECT),
    Request("everything odd at once", {"user-agent": WINDOWS, **hint("macOS"), **_SCRIPT}, Verdict.SUSPECT),
    Request(
        "Chrome behind a proxy that strips all but what a page needs",
        {"user-agent": WINDOWS, "accept": HTML},
        Verdict.SUSPECT,
    ),
    Request("the same without TLS", {"user-agent": WINDOWS, "accept": HTML}, scheme="http"),
    Request("no user agent", {"accept": HTML, "accept-language": "en"}, Verdict.SUSPECT),
    Request("an empty user agent", {"user-agent": " ", "accept": "*/*"}, Verdict.SUSPECT),
    Request("hints of another browser", browse(FIREFOX, hint("Windows"), accept=HTML_OF_CHROME), Verdict.SUSPECT),
    Request("hints of another version", browse(WINDOWS, hint("Windows", version=120)), Verdict.SUSPECT),
    Request("hints of another system", browse(WINDOWS, hint("Linux")), Verdict.SUSPECT),
    Request("hints of a phone under a desktop's name", browse(MAC, hint("macOS", mobile="?1")), Verdict.SUSPECT),
    Request(
        "an app by its system's library", {"user-agent": "Shop/412 CFNetwork/1568.3 Darwin/24.2.0"}, Verdict.SUSPECT
    ),
    Request("Android's own library", {"user-agent": "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8)"}, Verdict.SUSPECT),
]
