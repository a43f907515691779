"""People of the simulator: their devices, the networks they come from, and what our redirector would make of them."""

import random
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
from tracking.clicks.ids import ClickIdMint
from tracking.clicks.visitors import VisitorCookie, hash_visitor, name_contact

CARRIER_SHARE = 0.7
LANGUAGES = (b"en-US,en;q=0.9", b"en-GB,en;q=0.9", b"es-US,es;q=0.9", b"en-US")
NAVIGATION = Fact.ACCEPT_LANGUAGE | Fact.ACCEPT_HTML | Fact.OVER_TLS | Fact.SEC_FETCH | Fact.SEC_FETCH_NAVIGATE
TAPPED = NAVIGATION | Fact.SEC_FETCH_USER | Fact.CLIENT_HINTS


CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Safari/537.36"
)
ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{0}.0.0.0 Mobile Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {0}_{1} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/{0}.{1} Mobile/15E148 Safari/604.1"
)
INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {0}_{1} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
    " Instagram {2}.0.0.28.104 (iPhone{3},{4}; iOS {0}_{1}; en_US; en; scale=3.00; 1179x2556; 706060606)"
)


class Device(NamedTuple):
    user_agent: bytes
    facts: int


class Mix:
    """Browsers by how common they are. Those of iPhones are few and name no tap."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices = devices
        self._weights = list(accumulate(1 / rank for rank in range(1, len(devices) + 1)))

    def choose(self, chance: random.Random) -> Device:
        return chance.choices(self._devices, cum_weights=self._weights)[0]


def make_mixes(chance: random.Random) -> list[Mix]:
    """A post in an app with browsers of its own; a link opened in ordinary browsers; some of everything."""
    versions = [(18, minor) for minor in (5, 6, 4, 3, 1, 0)] + [(17, 7), (17, 6), (26, 0), (16, 7)]
    safari = [Device(SAFARI.format(*version).encode(), int(NAVIGATION)) for version in versions]
    chrome = [Device(CHROME.format(version).encode(), int(TAPPED)) for version in range(141, 129, -1)]
    android = [Device(ANDROID.format(version).encode(), int(TAPPED)) for version in range(141, 125, -1)]
    in_app = [
        Device(INSTAGRAM.format(*version, build, model, place).encode(), int(NAVIGATION))
        for version in versions[:6]
        for build in range(399, 390, -1)
        for model in (14, 15, 16)
        for place in (2, 3)
    ]
    chance.shuffle(in_app)
    plain = [device for group in zip(safari, android, chrome, strict=False) for device in group]
    return [
        Mix(in_app),
        Mix(plain),
        Mix([device for group in zip(in_app, plain * 8, strict=False) for device in group]),
    ]


class Person(NamedTuple):
    """`address` is what the world sees; many people have the same behind a carrier's."""

    number: int
    device: Device
    language: bytes
    address: str


def make_person(chance: random.Random, number: int, mix: Mix, carriers: int, addresses: int) -> Person:
    """Most are behind one of so many carrier networks, each with so many addresses; the others are at home."""
    if chance.random() < CARRIER_SHARE:
        address = find_carrier_address(chance, carriers, addresses)
    else:
        address = f"81.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return Person(number, mix.choose(chance), chance.choices(LANGUAGES, (80, 8, 8, 4))[0], address)


def find_carrier_address(chance: random.Random, carriers: int, addresses: int) -> str:
    return f"100.{chance.randrange(carriers)}.0.{chance.randrange(addresses)}"


class Target(NamedTuple):
    """A link, and whom it belongs to."""

    account_id: int
    link_id: int
    creator_id: int | None = None
    message_id: int | None = None
    slot: int | None = None
    contact_id: int | None = None


class Visit(NamedTuple):
    """Who asks for a link, and how."""

    address: str
    user_agent: bytes
    language: bytes
    facts: int


class Door:
    """What the redirector makes of a visit: visitor key and event, by its own functions."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 -- the same clicks in every run
        self._mint = ClickIdMint()
        self._salts: dict[int, bytes] = {}

    def click(self, target: Target, at_ms: int, visit: Visit, cookie: VisitorCookie | None = None) -> ClickEvent:
        day = at_ms // 86_400_000
        key, method = self.hash(target.account_id, day, visit), VisitorMethod.HASH
        if target.contact_id is not None:
            key, method = name_contact(target.contact_id), VisitorMethod.CONTACT
        elif cookie is not None:
            key, method = cookie.find_key(day), VisitorMethod.COOKIE
        return ClickEvent(
            click_id=self._mint.mint(at_ms),
            account_id=target.account_id,
            link_id=target.link_id,
            campaign_id=None,
            creator_id=target.creator_id,
            message_id=target.message_id,
            slot=target.slot,
            contact_id=target.contact_id,
            offer_id=None,
            sharer_id=None,
            visitor_key=key,
            visitor_method=method,
            visitor_day=day,
            facts=visit.facts,
            client_ip=visit.address,
            user_agent=visit.user_agent,
            referrer=b"",
            query=b"",
            placement="",
        )

    def draw_id(self) -> bytes:
        """For a cookie."""
        return self._chance.randbytes(16)

    def hash(self, account_id: int, day: int, visit: Visit) -> bytes:
        salt = self._salts.setdefault(day, self._chance.randbytes(32))
        return hash_visitor(salt, account_id, visit.address, visit.user_agent, visit.language)


def visit_of(person: Person) -> Visit:
    return Visit(person.address, person.device.user_agent, person.language, person.device.facts)
