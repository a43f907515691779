"""What the demo's brand has besides links and traffic: its people, deals, posts, contacts and messages."""

from decimal import Decimal
from typing import Final, NamedTuple

from tracking.accounts.models import Role
from tracking.accounts.rules import NewUser
from tracking.campaigns.deals import NewDeal
from tracking.contacts.rules import GivenContact
from tracking.creators.models import Platform

SENDER: Final = "NL-2"
USERS: Final = (
    NewUser("Nora Feld", "NL-1", Role.ADMIN),
    NewUser("Ilja Brandt", SENDER, Role.EDITOR),
    NewUser("Sol Vega", "NL-3", Role.VIEWER),
)

JOIN_URLS: Final = {"Ambassadors": "https://example.com/ambassadors/join"}

# By campaign and creator.
DEALS: Final[dict[tuple[str, str], NewDeal]] = {
    ("Rain Season", "mira.climbs"): NewDeal(
        flat_fee=Decimal(2400), gift_value=Decimal("329.95"), commission_rate=Decimal("0.1")
    ),
    ("Rain Season", "trailtom"): NewDeal(flat_fee=Decimal(1500)),
    ("Rain Season", "kettlepot"): NewDeal(gift_value=Decimal("329.95"), commission_per_conversion=Decimal("4.50")),
    ("Rain Season", "slowhiker"): NewDeal(gift_value=Decimal("329.95")),
    ("Camp Kitchen", "kettlepot"): NewDeal(flat_fee=Decimal(900), commission_rate=Decimal("0.08")),
    ("Camp Kitchen", "wild.kitchen"): NewDeal(flat_fee=Decimal(1100)),
}


class DemoPost(NamedTuple):
    """It carries the links that the creator has in the campaign. Days count from the campaign's first."""

    campaign: str
    handle: str
    platform: Platform
    url: str
    day: int


POSTS: Final = (
    DemoPost("Rain Season", "mira.climbs", Platform.INSTAGRAM, "https://social.example/mira.climbs/wet-week", 1),
    DemoPost("Rain Season", "mira.climbs", Platform.INSTAGRAM, "https://social.example/mira.climbs/dry-feet", 24),
    DemoPost("Rain Season", "trailtom", Platform.YOUTUBE, "https://video.example/trailtom/jackets-compared", 5),
    DemoPost("Camp Kitchen", "kettlepot", Platform.TIKTOK, "https://social.example/kettlepot/one-pot", 2),
    DemoPost("Camp Kitchen", "wild.kitchen", Platform.INSTAGRAM, "https://social.example/wild.kitchen/first-fire", 4),
)

FAIR_URL: Final = "https://example.com/fair"
SHARE_URL: Final = "https://example.com/friends"
SHARING_CONTACTS: Final = 6  # of all contacts, how many have a link to share

_GIVEN_NAMES: Final = ("Alma", "Bela", "Chris", "Dana", "Emre", "Finn", "Greta", "Hugo")
_SURNAMES: Final = ("Aalto", "Becker", "Costa", "Dubois", "Eriksen")
CONTACTS: Final = tuple(
    GivenContact(
        f"NL-C-{number}",
        {"name": f"{given} {surname}"} | ({"share_url": SHARE_URL} if number <= SHARING_CONTACTS else {}),
    )
    for number, (surname, given) in enumerate(
        ((surname, given) for surname in _SURNAMES for given in _GIVEN_NAMES), start=1
    )
)


class DemoMessage(NamedTuple):
    """One variant of a test of two texts, for every other contact."""

    variant: str
    template: str
    recipients: tuple[str, ...]


OFFER_NAME: Final = "Rain week"
OFFER_URL: Final = "https://example.com/jackets/rain-week"
OPT_OUT_URL: Final = "https://example.com/stop"
MESSAGE_NAME: Final = "Rain week"
MESSAGE_CAMPAIGN: Final = "Rain Season"
_IDS: Final = tuple(contact.external_id for contact in CONTACTS)
MESSAGES: Final = (
    DemoMessage("A", "Hi {{ contact.name }}, it is rain week: {{ offers.rain_week }} Stop: {{ opt_out }}", _IDS[::2]),
    DemoMessage("B", "Rain week! A dry walk home: {{ offers.rain_week }} Stop: {{ opt_out }}", _IDS[1::2]),
)

# An e-mail that programs open as well. Its links are numbered in this order, and the honeypot comes last.
LETTER_NAME: Final = "Autumn letter"
LETTER_LINKS: Final = 4
LETTER: Final = """\
<p>Hi {{ contact.name }},</p>
<p>it rains for <a href="https://example.com/letter/jackets">those with a jacket</a>, for
<a href="https://example.com/letter/care">those who wash theirs</a> and for
<a href="https://example.com/letter/kitchen">those who cook under a tarp</a> alike.</p>
{{ honeypot }}<p><a href="{{ opt_out }}">No more letters</a></p>
"""
LETTER_HOURS: Final = 30  # from the letter to the end of the demo's two months

# Of this campaign suspects do not count; the link of the fair asks people to continue.
STRICT_CAMPAIGN: Final = "Ambassadors"
FAIR_SLUG: Final = "fair"
# Whose link in that campaign somebody opened again and again within a minute.
FLOODED_HANDLE: Final = "ridge.runner"
