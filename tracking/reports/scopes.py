"""What is counted and for whom: the counters of every delta and rollup, the scopes and the grains."""

from enum import IntEnum
from typing import Final, NamedTuple

# In the order of the columns of rollup_delta and rollup. The first six add up to all clicks (rule 4);
# the last three say by what the visitors of unique clicks were told apart, and leave out those of no method.
COUNTERS: Final = (
    "human_clicks",
    "suspect_clicks",
    "bot_clicks",
    "preview_fetches",
    "prefetches",
    "test_clicks",
    "counted_clicks",
    "unique_clicks",
    "unique_by_contact",
    "unique_by_cookie",
    "unique_by_hash",
)
ALL_CLICKS: Final = f"({' + '.join(COUNTERS[:6])})"  # as SQL
COUNTED: Final = COUNTERS.index("counted_clicks")
UNIQUE: Final = COUNTERS.index("unique_clicks")

NO_KEY: Final = 0  # stands for "(none)": what has no campaign, creator, link, slot or sharer


class Scope(IntEnum):
    """For whom. The comment names first_key and second_key.

    A message has one creative and one variant for ever: variants are grouped from messages at read time (ADR 0024).
    """

    ACCOUNT = 1  # none, none
    CAMPAIGN = 2  # campaign, none
    CREATOR = 3  # creator, none
    CAMPAIGN_CREATOR = 4  # campaign, creator
    LINK = 5  # link, none; the links of recipients stand together under NO_KEY
    MESSAGE = 6  # message, none
    MESSAGE_SLOT = 7  # message, slot; slots count from 1
    OFFER = 8  # offer, none
    OFFER_CREATOR = 9  # offer, creator
    CREATIVE = 10  # creative of the message, none
    SHARER = 11  # user who is credited, none
    MESSAGE_SHARER = 12  # message, sharer
    CONTACT = 13  # contact whose own links they are, none; totals only


# The columns of deltas, and of the messages that they name, that become first_key and second_key of each scope.
SCOPE_KEYS: Final[dict[Scope, tuple[str, ...]]] = {
    Scope.ACCOUNT: (),
    Scope.CAMPAIGN: ("campaign_id",),
    Scope.CREATOR: ("creator_id",),
    Scope.CAMPAIGN_CREATOR: ("campaign_id", "creator_id"),
    Scope.LINK: ("link_id",),
    Scope.MESSAGE: ("message_id",),
    Scope.MESSAGE_SLOT: ("message_id", "slot"),
    Scope.OFFER: ("offer_id",),
    Scope.OFFER_CREATOR: ("offer_id", "creator_id"),
    Scope.CREATIVE: ("creative_id",),
    Scope.SHARER: ("sharer_id",),
    Scope.MESSAGE_SHARER: ("message_id", "sharer_id"),
    Scope.CONTACT: ("contact_id",),
}


class Grain(IntEnum):
    """How long a bucket is: an hour or a day of the account's time zone, or everything."""

    HOUR = 1
    DAY = 2
    TOTAL = 3


class Family(NamedTuple):
    """Scopes that are folded together, of the deltas that name one of `owners`; of all deltas where there are none.

    With owners, what has no first key is not stored: it is what the parent has beyond its parts. Where many deltas
    have all keys in common, they are summed by those first: what is summed by each scope is less then.
    """

    scopes: tuple[Scope, ...]
    owners: tuple[str, ...] = ()
    is_summed_first: bool = False


FAMILIES: Final = (
    Family((Scope.ACCOUNT, Scope.CAMPAIGN, Scope.CREATOR, Scope.CAMPAIGN_CREATOR, Scope.LINK)),
    Family((Scope.OFFER, Scope.OFFER_CREATOR), ("offer_id",)),
    Family(
        (Scope.MESSAGE, Scope.MESSAGE_SLOT, Scope.CREATIVE, Scope.SHARER, Scope.MESSAGE_SHARER),
        ("message_id", "sharer_id"),
        is_summed_first=True,
    ),
    Family((Scope.CONTACT,), ("contact_id",)),
)


def list_grains(scope: Scope) -> tuple[Grain, ...]:
    """Those that a scope is stored in."""
    return (Grain.TOTAL,) if scope is Scope.CONTACT else tuple(Grain)
