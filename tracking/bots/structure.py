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


_PREFIX: Final = r"^(?:Mozilla/\d+\.\d|Opera[/ ]\d)"
_ENGINE: Final = (
    r"(?i)webkit|gecko/|gecko\)|like gecko|trident/|msie [\d.]|presto/|khtml|goanna|servo/|ladybird/|opera|netfront"
    r"|uc ?browser|ucweb|silk/|icebrowser|palmos|webpro/|blackberry|symbian|dolfin|obigo|teleca|polaris|netsurf|dillo"
    r"|up\.browser|mobile safari/|hbbtv/|nettv/|playstation|nintendo|omniweb|icab|ibrowse|amigavoyager|webpositive"
    r"|avantgo|^Mozilla/[1-4]\.\w{1,6} (?:\[[a-z-]+\]|\((?:win|mac|x11|os/2))"
)
# All browsers say what they run on before anything else; the words that follow it are what programs copy.
_NOWHERE: Final = (
    r"^Mozilla/5\.0 (?:Gecko|Chrome|Safari|Firefox)/"
    r"|^Mozilla/5\.0 AppleWebKit/\S+ \(KHTML, like Gecko\) Chrome/\S+ Safari/"
    r"|^Mozilla/5\.0 \(Unknown; Linux (?:x86_64|i686)"
)
# Programs borrow the word that Internet Explorer put first; few browsers did.
_PRETENDS: Final = r"(?i)^Mozilla/\d+\.\d+ ?\( ?compatible[;,:)%]"
_COMPATIBLE_BROWSER: Final = (
    r"(?i)\( ?compatible[;,:] *(?:MSIE|Konqueror|Opera|NetFront|OmniWeb|iCab|IBrowse|NetPositive|Dillo|Trident|WebTV"
    r"|Linux [\d.]+\) NetFront|Google Desktop|ICE|AvantGo|AmigaVoyager|WebPositive|BlackBerry|Palm|PIE|Maxthon|Edge|Win"
    r"|U;)"
)
# Phones from before there were smartphones, and the browsers that were made for them: by what such phones could run,
# by who made those that do not say, and by the networks of Japan.
_OLD_DEVICE: Final = (
    r"(?i)(?:Profile|Configuration)/(?:MIDP|CLDC)|\bMIDP[-/]?\d|\bUP\.(?:Browser|Link)\b|\bMMP/\d|NetFront/|Obigo"
    r"|Teleca|SEMC-Browser|OpenWave|Opera ?Mini/|\bUC ?WEB/?\d|UCBrowser|MAUI[ _-](?:WAP|Browser|Runtime)|SymbianOS/"
    r"|Series[46]0/|PalmSource/|^MQQBrowser/|^HbbTV/|^(?:DoCoMo|KDDI|J-PHONE|SoftBank|Vodafone|WILLCOM|portalmmm)[/-]"
    r"|^(?:Nokia|BlackBerry|SonyEricsson|SAMSUNG|SEC-|LG[-/E]|MOT-|HTC[-_ /]|ZTE|Huawei|\S+ Linux/[\d.+]+ Android/)"
    r".*(?:Profile/|Browser/|AppleWebKit|Opera|Mobile|Mozilla/)"
)
# They never took the name of Mozilla, and show pages as those do that did.
_UNPREFIXED_BROWSER: Final = r"^(?:Dillo|NetSurf|IBrowse|iCab|OmniWeb|AmigaVoyager|NCSA[ _]Mosaic|Galeon|Bunjalloo)[/ ]"
# An app that asks by itself, with the library of its system: a person may stand behind it, no browser does.
_NATIVE_APP: Final = (
    r"CFNetwork/[\d.]+ +Darwin/|^Dalvik/|^Outlook-(?:iOS|Android)|Alamofire/|AFNetworking/|^\[?FBAN/"
    r"|^(?:Instagram|Barcelona|Snapchat|TikTok|Pinterest|Reddit|Threads|LinkedIn|Facebook|Messenger|YouTube)[ /]\d"
    r"|^(?:com|org|net|io|de|fr|jp|co|me|app|tv)\.[\w.]+/"
    r"|^[^()]{1,60}\([^()]*\b(?:iPhone|iPad|iPod|iOS|Android|watchOS|tvOS)"
)
# A mail program; or a phone without a browser: cut off, or an app that says no more than what it runs on.
_PREFIXED_APP: Final = (
    r"Microsoft Outlook|^Mozilla/5\.0 \((?:Linux; (?:U; )?Android \d|iPhone;|iPad;)[^()]*(?:\([^()]*\)[^()]*)?\)?$"
)
# Escaped, of two strings or half of one, or code that hopes to be run.
_BROKEN: Final = (
    r"(?i)^[{\[(<]|^user-agent|like gecko;|\).*\( ?compatible;|[;)] ?compatible;|^\S*(?:%20|%28|%3b)"
    r"|<(?:script|a |img|\?)|\$\{|\\x|&#|\bunion\b.{0,20}\bselect\b|\(\) *\{|^Mozilla/\d\.\d$"
)
_PATTERNS: Final = PatternSet(
    (
        _PREFIX,
        _ENGINE,
        _NOWHERE,
        _PRETENDS,
        _COMPATIBLE_BROWSER,
        _OLD_DEVICE,
        _UNPREFIXED_BROWSER,
        _NATIVE_APP,
        _PREFIXED_APP,
        _BROKEN,
    )
)
_PREFIX_AT, _ENGINE_AT, _NOWHERE_AT, _PRETENDS_AT, _COMPATIBLE_AT = range(5)
_OLD_DEVICE_AT, _UNPREFIXED_AT, _NATIVE_AT, _PREFIXED_AT, _BROKEN_AT = range(5, 10)
_UNPREFIXED_BROWSERS: Final = frozenset({_OLD_DEVICE_AT, _UNPREFIXED_AT})


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
        return _NOT_A_BROWSER if _UNPREFIXED_BROWSERS.isdisjoint(matches) else _BROWSER
    is_browser = len(text) >= _SHORTEST and _ENGINE_AT in matches and _NOWHERE_AT not in matches
    if _PRETENDS_AT in matches and _COMPATIBLE_AT not in matches:
        is_browser = False
    return _BROWSER if is_browser else _NOT_A_BROWSER
