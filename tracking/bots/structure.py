"""Whether a user agent is written as browsers write theirs, before anybody asks whose it is."""

from enum import Enum
from typing import Final

from tracking.bots.patterns import PatternSet

_SHORTEST: Final = 20


class Structure(Enum):
    BROWSER = 1
    NATIVE_APP = 2
    NOT_A_BROWSER = 3
    MALFORMED = 4


_PREFIX: Final = r"^(?:Mozilla/\d+\.\d|Opera/\d)"
_ENGINE: Final = (
    r"(?i)webkit|gecko/|gecko\)|like gecko|trident/|msie [\d.]|presto/|khtml|goanna|servo/|ladybird/|opera|netfront"
    r"|uc ?browser|ucweb|silk/|icebrowser|palmos|webpro/|blackberry|symbian|dolfin|obigo|teleca|polaris|netsurf|dillo"
    r"|up\.browser|^Mozilla/[1-4]\.\d\d? (?:\[[a-z-]+\]|\((?:win|mac|x11|os/2))"
)
# Programs borrow the word that Internet Explorer put first; few browsers did.
_PRETENDS: Final = r"(?i)^Mozilla/\d+\.\d+ ?\( ?compatible[;,:)%]"
_COMPATIBLE_BROWSER: Final = (
    r"(?i)\( ?compatible[;,:] *(?:MSIE|Konqueror|Opera|NetFront|OmniWeb|iCab|IBrowse|NetPositive|Dillo|Trident|WebTV"
    r"|Linux [\d.]+\) NetFront|Google Desktop|ICE|AvantGo|BlackBerry|Palm|PIE|Maxthon|Edge|Win|U;)"
)
# Phones from before there were smartphones, and the browsers that were made for them.
_OLD_PHONE: Final = (
    r"(?i)^(?:Nokia|BlackBerry|SonyEricsson|SAMSUNG|SEC-|LG[-/E]|MOT-|Motorola|SIE-|Alcatel|HTC[-_ /]|ZTE|Huawei|Sagem"
    r"|Panasonic|Philips|Sharp|Sanyo|Toshiba|KDDI|DoCoMo|J-PHONE|Vodafone|SoftBank|Palm|Lenovo|Haier|Micromax|Karbonn"
    r"|Spice|Fly|UCWEB|JUC|MT6\d\d\d|MQQBrowser|NativeOperaMini|\S+ Linux/[\d.+]+ Android/).*(?:Profile/|Configuration/"
    r"|MIDP|UP\.Browser|Browser/|UP\.Link|AppleWebKit|Opera|NetFront|Obigo|Mobile|UCWEB|OpenWave)"
)
# An app that asks by itself, with the library of its system: a person may stand behind it, no browser does.
_NATIVE_APP: Final = (
    r"CFNetwork/[\d.]+ +Darwin/|^Dalvik/|^Outlook-(?:iOS|Android)|Alamofire/|AFNetworking/"
    r"|^(?:Instagram|Barcelona|Snapchat|TikTok|Pinterest|Reddit|Threads|LinkedIn|Facebook|Messenger|YouTube)[ /]\d"
    r"|^com\.[\w.]+/"
    r"|^[^()]{1,60}\([^()]*\b(?:iPhone|iPad|iPod|iOS|Android|watchOS|tvOS)"
)
# A mail program; or a phone without a browser: cut off, or an app that says no more than what it runs on.
_PREFIXED_APP: Final = (
    r"Microsoft Outlook|^Mozilla/5\.0 \((?:Linux; (?:U; )?Android \d|iPhone;|iPad;)[^()]*(?:\([^()]*\)[^()]*)?\)?$"
)
# Escaped, of two strings or half of one, or code that hopes to be run.
_BROKEN: Final = (
    r"(?i)^[{\[(<]|^user-agent|like gecko;|\).*\( ?compatible;|[;)] ?compatible;|%20|%28|%3b|<(?:script|a |img|\?)|\$\{"
    r"|\\x|&#|\bunion\b.{0,20}\bselect\b|\(\) *\{|^Mozilla/\d\.\d$"
)
_PREFIX_AT, _ENGINE_AT, _PRETENDS_AT, _COMPATIBLE_AT, _OLD_PHONE_AT, _NATIVE_AT, _PREFIXED_AT, _BROKEN_AT = range(8)
_PATTERNS: Final = PatternSet(
    (_PREFIX, _ENGINE, _PRETENDS, _COMPATIBLE_BROWSER, _OLD_PHONE, _NATIVE_APP, _PREFIXED_APP, _BROKEN)
)


_BROWSER: Final = Structure.BROWSER
_NOT_A_BROWSER: Final = Structure.NOT_A_BROWSER


def read_structure(text: str) -> Structure:
    matches = _PATTERNS.match(text)
    is_prefixed = _PREFIX_AT in matches
    if (_PREFIXED_AT if is_prefixed else _NATIVE_AT) in matches:
        return Structure.NATIVE_APP
    if _BROKEN_AT in matches:
        return Structure.MALFORMED
    if not is_prefixed:
        return _BROWSER if _OLD_PHONE_AT in matches else _NOT_A_BROWSER
    is_browser = len(text) >= _SHORTEST and _ENGINE_AT in matches
    if _PRETENDS_AT in matches and _COMPATIBLE_AT not in matches:
        is_browser = False
    return _BROWSER if is_browser else _NOT_A_BROWSER
