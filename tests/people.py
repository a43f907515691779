"""User agents of people: browsers inside of apps where creators post, and others that nobody may take for a program."""

_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
_IPAD = "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
_OPPO = (
    "Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/142.0.7444.102 Mobile Safari/537.36"
)
_CUBOT = (
    "Mozilla/5.0 (Linux; Android 14; CUBOT KINGKONG 9 Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Version/4.0 Chrome/139.0.7258.94 Mobile Safari/537.36"
)
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
_KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"

# By the app's name as it is stored with the user agent; None: a browser inside of an app that does not name itself.
IN_APP: list[tuple[str | None, str]] = [
    ("Instagram", f"{_IPHONE}Mobile/22G100 Instagram 401.0.0.29.83 (iPhone15,3; iOS 18_6_2; nl_NL; nl; scale=3.00)"),
    ("Instagram", f"{_IPAD}Mobile/15E148 Instagram 388.0.0.31.75 (iPad13,4; iPadOS 17_7; en_US; en; IABMV/1)"),
    ("Instagram", f"{_OPPO} Instagram 402.0.0.48.82 Android (35/15; 480dpi; 1080x2400; OPPO; CPH2557; OP5; de_DE; 8)"),
    ("Instagram", f"{_CUBOT} Instagram 402.0.0.48.82 Android (34/14; 320dpi; CUBOT; CUBOT KINGKONG 9; mt6; fr_FR; 8)"),
    ("Threads", f"{_IPHONE}Mobile/22G100 Barcelona 401.0.0.24.80 (iPhone15,3; iOS 18_6_2; en_US; en; scale=3.00; 74)"),
    ("Threads", f"{_OPPO} Barcelona 398.0.0.41.79 Android (35/15; 480dpi; 1080x2400; OPPO; CPH2557; OP5; de_DE; 75)"),
    ("Facebook", f"{_IPHONE}Mobile/22G100 [FBAN/FBIOS;FBAV/533.0.0.31.70;FBDV/iPhone15,3;FBMD/iPhone;FBCR/Spider;]"),
    ("Facebook", f"{_OPPO} [FB_IAB/FB4A;FBAV/534.0.0.55.74;IABMV/1;]"),
    ("Facebook", f"{_OPPO} MetaIAB Facebook"),
    ("Facebook", f"{_CUBOT} [FB_IAB/FB4A;FBAV/534.0.0.55.74;FBDV/CUBOT KINGKONG 9;FBMF/CUBOT;FBBD/CUBOT;]"),
    ("Facebook", "Mozilla/5.0 (Linux; U; Android 9; en-US; SM-J415F) [FBAN/EMA;FBLC/en_US;FBAV/382.0.0.10.115;]"),
    ("Messenger", f"{_IPHONE}Mobile/22G100 [FBAN/MessengerForiOS;FBAV/519.0.0.30.106;FBDV/iPhone15,3;FBSN/iOS]"),
    ("Messenger", f"{_OPPO} [FB_IAB/Orca-Android;FBAV/520.0.0.44.109;]"),
    ("TikTok", f"{_IPHONE}Mobile/15E148 musical_ly_42.1.0 JsSdk/2.0 NetType/WIFI Channel/App Store ByteLocale/nl"),
    ("TikTok", f"{_OPPO} trill_420105 JsSdk/1.0 NetType/4G Channel/googleplay AppName/trill ByteLocale/de Region/DE"),
    ("TikTok", f"{_OPPO} BytedanceWebview/d8a21c6 musical_ly_2024204030 JsSdk/1.0 NetType/WIFI Channel/googleplay"),
    ("Snapchat", f"{_IPHONE}Mobile/22G100 Snapchat/13.58.0.47 (like Safari/8621.3.11.10.3, panda)"),
    ("Snapchat", f"{_OPPO} Snapchat/13.60.0.38 (CPH2557; Android 15#16c3a1#35; gzip; )"),
    ("Snapchat", f"{_OPPO} Snapchat/13.60.0.38 (XBot_Senior; Android 14#16c3a1#34; gzip; )"),
    ("Pinterest", f"{_IPHONE}Mobile/22G100 [Pinterest/iOS]"),
    ("Pinterest", f"{_OPPO} [Pinterest/Android]"),
    ("LinkedIn", f"{_IPHONE}Mobile/22G100 [LinkedInApp]/9.31.2890"),
    ("LinkedIn", f"{_OPPO} [LinkedInApp]/4.1.1090"),
    ("X", f"{_IPHONE}Version/18.6 Mobile/22G100 Safari/604.1 Twitter for iPhone/11.20.5"),
    ("X", f"{_OPPO} TwitterAndroid"),
    ("WhatsApp", f"{_IPHONE}Version/18.6 Mobile/15E148 Safari/604.1 [WAiOS/2.25.27]"),
    (
        "WhatsApp",
        f"Mozilla/5.0 (Linux; Android 10; K) {_KIT} Chrome/140.0.7339.51 Mobile Safari/537.36 [WA4A/2.25.27;]",
    ),
    ("LINE", f"{_IPHONE}Mobile/15E148 Safari Line/15.14.0"),
    ("LINE", f"{_OPPO} Line/15.14.1/IAB"),
    ("WeChat", f"{_IPHONE}Mobile/15E148 MicroMessenger/8.0.61(0x18003d2a) NetType/WIFI Language/zh_CN"),
    ("WeChat", f"{_OPPO} XWEB/1160117 MMWEBSDK/20250904 MicroMessenger/8.0.63 WeChat/arm64 Weixin NetType/4G"),
    ("KakaoTalk", f"{_IPHONE}Mobile/15E148 Safari/604.1 KAKAOTALK/25.8.1 (INAPP)"),
    ("KakaoTalk", f"{_OPPO};KAKAOTALK 2510250"),
    ("NAVER", f"{_IPHONE}Version/18.0 Mobile/15E148 Safari/605.1 NAVER(inapp; search; 2010; 12.13.20; 15PRO)"),
    ("NAVER", f"{_OPPO} NAVER(inapp; search; 2010; 12.13.20)"),
    ("Google", f"{_IPHONE}GSA/389.0.812 Mobile/15E148 Safari/604.1"),
    ("Google", f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {_KIT} Chrome/140.0.0.0 Mobile Safari/537.36 GSA/16.38.62"),
    ("Reddit", f"{_IPHONE}Mobile/22G100 Reddit/Version 2025.38.0/Build 616024/iOS Version 18.6.2 (Build 22G100)"),
    ("Reddit", f"{_OPPO} Reddit/Version 2025.38.0/Build 2538020/Android 15"),
    ("Discord", f"{_OPPO} Discord/297.12"),
    ("Telegram", f"{_OPPO} Telegram-Android/12.0.1 (Oppo CPH2557; Android 15; SDK 35; AVERAGE)"),
    ("Telegram", f"{_OPPO} Telegram-Android/12.0.1 (Spider 8; Android 14; SDK 34; LOW)"),
    ("VK", f"{_OPPO} VKAndroidApp/8.142-25010"),
    ("Zalo", f"{_OPPO} Zalo android/25090113 ZaloTheme/light ZaloLanguage/vi"),
    ("Baidu", f"{_OPPO} T7/15.31 SP-engine/3.64.0 bd_dvt/0 baiduboxapp/15.31.0.10 (Baidu; P1 15)"),
    (None, f"{_IPHONE}Mobile/15E148"),
    (None, _OPPO),
    (None, _CUBOT),
]

# In a browser of their own: phones with names of programs, small and old browsers, strings that were cut off.
BROWSERS: list[str] = [
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_KIT} Chrome/141.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_KIT} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_KIT} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_KIT} Chrome/141.0.0.0 Safari/537.36",
    f"{_MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Android 15; Mobile; rv:143.0) Gecko/143.0 Firefox/143.0",
    f"{_IPHONE}Version/18.6 Mobile/15E148 Safari/604.1",
    f"{_IPHONE}CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1",
    f"{_IPHONE}FxiOS/143.0 Mobile/15E148 Safari/605.1.15",
    f"{_IPHONE}Version/18.6 Mobile/15E148 Safari/604.1 Ddg/18.6",
    f"{_IPHONE}Mobile/15E148 Safari/604.1 (Ecosia ios@11.3.0.1810)",
    f"Mozilla/5.0 (Linux; Android 10; K) {_KIT} Chrome/141.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 10; K) {_KIT} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 13; CUBOT X70) {_KIT} Chrome/126.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 8.1.0; XBot_Senior Build/O11019) {_KIT} Chrome/120.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 9; Spider 8 Build/PPR1.180610.011) {_KIT} Chrome/98.0.4758.87 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; U; Android 12; de-de; M bot 60) {_KIT} Version/4.0 Chrome/100.0.4896.58 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 11; moto g(30)) {_KIT} Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; .NET CLR 3.5.30729; rv:11.0) like Gecko",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0; Touch)",
    "Mozilla/5.0 (compatible; Konqueror/4.5; FreeBSD) KHTML/4.5.4 (like Gecko)",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10",
    "Nokia6300/2.0 (07.21) Profile/MIDP-2.0 Configuration/CLDC-1.1",
    "PantechP7040/JLUS04042011 Browser/Obigo/Q05A OFM/1.0 Profile/MIDP-2.0 Configuration/CLDC-1.1",
    "AUDIOVOX-CDM8910/1.0 UP.Browser/6.2",
    "DoCoMo/2.0 N905i(c100;TB;W24H16)",
    "MAUI WAP Browser",
    "HbbTV/1.2.1 (;Panasonic;VIERA 2013;3.672;4101-0003 0002-0000;)",
    "Mozilla/5.0 (PLAYSTATION 3; 3.55)",
    "Mozilla/5.0 (Nintendo 3DS; U; ; en) Version/1.7412.EU",
    "Mozilla/4.5 (compatible; iCab 2.9.8; Macintosh; U; 68K)",
    "Mozilla/3.01Gold (Win95; I)",
    "NetSurf/3.10 (Linux)",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; Trident/4.0; GTB7.5; T-Online; WEB.DE)",
    f"Mozilla/5.0 (Windows NT 10.0; WOW64) {_KIT} Battle.net/2.14.0 Chrome/120.0.0.0 Safari/537.36",
    f"{_IPHONE}Version/18.6 Mobile/15E148 Safari/604.1 InspectBrowser/2.1",
    f"Mozilla/5.0 (Linux; Android 12; SM-A525F) {_KIT} Version/4.0 Chrome/101.0.0.0 Safari/537.36 KidsSafeBrowser/1",
    "Mozilla/5.0 (Linux; U; Android 8.1.0; en-us; PBBT30 Build/JSS15J) Version/4.0 Mobile Safari/534.30",
    "Mozilla/5.0 (Linux; x86_64) Ladybird/1.0",
    f"{_MAC} {_KIT} Slack/4.46.99 Chrome/138.0.7204.157 Electron/37.2.3 Safari/537.36",
]

PEOPLE = [*BROWSERS, *(user_agent for _, user_agent in IN_APP)]
