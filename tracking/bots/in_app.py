"""Browsers inside of apps, where most of a creator's audience follows links: who opens one is a person."""

import re
from typing import Final

# The mark that each app leaves in the user agent of its browser. The first that fits names the app.
_MARKS: Final = (
    ("Threads", "Barcelona "),
    ("Instagram", "Instagram "),
    ("Messenger", "FBAN/Messenger"),
    ("Messenger", "FB_IAB/MESSENGER"),
    ("Messenger", "FB_IAB/Orca"),
    ("Facebook", "FBAN/"),
    ("Facebook", "FBAV/"),
    ("Facebook", "FB_IAB/"),
    ("Facebook", "MetaIAB"),
    ("Facebook", "IABMV/"),
    ("TikTok", "musical_ly"),
    ("TikTok", "trill_"),
    ("TikTok", "BytedanceWebview"),
    ("Snapchat", "Snapchat"),
    ("Pinterest", "[Pinterest/"),
    ("Pinterest", "Pinterest for "),
    ("LinkedIn", "LinkedInApp"),
    ("X", "Twitter for "),
    ("X", "TwitterAndroid"),
    ("WhatsApp", "WAiOS/"),
    ("WhatsApp", "WA4A/"),
    ("LINE", "Line/"),
    ("WeChat", "MicroMessenger"),
    ("QQ", " QQ/"),
    ("KakaoTalk", "KAKAOTALK"),
    ("KakaoStory", "KAKAOSTORY"),
    ("NAVER", "NAVER(inapp"),
    ("Google", "GSA/"),
    ("Google", "GoogleApp/"),
    ("Reddit", "Reddit/"),
    ("Discord", "Discord/"),
    ("Telegram", "Telegram-Android/"),
    ("Telegram", "Telegram-iOS/"),
    ("Viber", " Viber/"),
    ("VK", "VKAndroidApp/"),
    ("Weibo", "Weibo"),
    ("Zalo", "Zalo "),
    ("Kwai", "Kwai"),
    ("Tumblr", "Tumblr/"),
    ("Quora", "Quora "),
    ("Baidu", "baiduboxapp"),
    ("Alipay", "AlipayClient"),
)
_ANY_MARK: Final = re.compile("|".join(re.escape(mark) for _, mark in _MARKS))
# Android's WebView says so itself; that of iOS leaves out the words `Version` and `Safari` of the browser it is not.
_ANDROID_WEBVIEW: Final = re.compile(r"; ?wv\b")
_IOS_WEBVIEW: Final = re.compile(
    r"^Mozilla/5\.0 \((?:iPhone|iPad|iPod)[^)]*\) AppleWebKit/\S+ \(KHTML, like Gecko\) Mobile/"
)


def find_app(user_agent: str) -> str | None:
    """Which app's browser this is, by the mark it leaves. An app that fetches by itself sends no browser's string."""
    found = _ANY_MARK.search(user_agent)
    if found is None or not _is_browser(user_agent):
        return None
    return next(app for app, mark in _MARKS if mark in user_agent)


def _is_browser(user_agent: str) -> bool:
    """Facebook's app for small phones leaves out the engine."""
    return user_agent.startswith("Mozilla/") and ("AppleWebKit" in user_agent or "[FB" in user_agent)


def is_in_app(user_agent: str) -> bool:
    if not _is_browser(user_agent):
        return False
    if _ANY_MARK.search(user_agent) or _ANDROID_WEBVIEW.search(user_agent):
        return True
    return _IOS_WEBVIEW.match(user_agent) is not None and "Safari" not in user_agent
