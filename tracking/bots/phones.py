"""What a user agent says of the phone, its language and its carrier: words of a person's device, not of the program.

CUBOT, XBot and Spider are phones.
"""

import re
from typing import Final

# In `Android 9; de-de; CUBOT X19 Build/PPR1; wv)` the model stands between version and build. Facebook and Instagram
# repeat it in brackets of their own, Snapchat and Telegram after their version. Any further part may hold anything.
_PHONE: Final = re.compile(
    r"(Android[^;()]{0,20};(?: ?U;)?(?: ?[a-z]{2}[-_][a-zA-Z]{2};)?)[^;]*?(?=;|\)? AppleWebKit|\) [A-Z]|\)$|$)"
    r"|Build/[^;()]*"
    r"|\[FB[^\]]*\]?|(?<=Android )\(\d\d/[^)]*\)?"
    r"|(?:Snapchat/?|Telegram-Android/)[\d.]+ \([^;()]*"
    r"|CUBOT|Cubot",
    re.DOTALL,
)


_HINT: Final = re.compile(r"Android|Build/|\[FB|CUBOT|Cubot")


def drop_phone(user_agent: str) -> str:
    if _HINT.search(user_agent) is None:
        return user_agent
    return _PHONE.sub(r"\1", user_agent)
