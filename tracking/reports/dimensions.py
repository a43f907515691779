"""By what a subject's counts are broken down: the rollups of each part, and under which keys they stand."""

from enum import StrEnum
from typing import Final

from tracking.reports.scopes import Grain, Scope

NONE_KEY: Final = "(none)"  # what has no campaign, creator, link …, and contacts' own links as links


class Dimension(StrEnum):
    """Keys are ids of rows, numbers of slots, or texts."""

    CAMPAIGN = "CAMPAIGN"
    CREATOR = "CREATOR"
    LINK = "LINK"
    MESSAGE = "MESSAGE"
    OFFER = "OFFER"
    SLOT = "SLOT"
    KIND = "KIND"
    LABEL = "LABEL"
    TAG = "TAG"  # a link with several stands under each


_LINK_KEYS: Final = {
    Dimension.LINK: "ARRAY[id::text]",
    Dimension.KIND: "ARRAY[kind::text]",
    Dimension.LABEL: f"ARRAY[coalesce(nullif(label, ''), '{NONE_KEY}')]",
    Dimension.TAG: "ARRAY(SELECT DISTINCT unnest(tags))",
}
_LINKS_OF: Final = {
    Scope.ACCOUNT: "true",
    Scope.CAMPAIGN: "campaign_id = parent.first_key",
    Scope.CREATOR: "creator_id = parent.first_key",
    Scope.CAMPAIGN_CREATOR: "campaign_id = parent.first_key AND creator_id = parent.second_key",
}
_SLOTS: Final = " UNION ".join(
    f"SELECT second_key FROM {rollup} WHERE account_id = $1 AND scope = {Scope.MESSAGE_SLOT}"
    f" AND first_key = parent.first_key AND second_key <> 0 AND grain = {Grain.TOTAL}"
    for rollup in ("rollup", "outcome_rollup")
)


def _pair(part: str, whole: str) -> str:
    """The ids that stand beside the parent's in a campaign: of members, and of whoever has links there."""
    return " UNION ".join(
        f"SELECT {part} FROM {table} WHERE {whole} = parent.first_key AND account_id = $1 AND {part} IS NOT NULL"
        for table in ("campaign_creator", "link")
    )


def _write_links(scope: Scope, dimension: Dimension) -> str:
    return (
        f"SELECT {Scope.LINK}, id, 0::bigint, {_LINK_KEYS[dimension]} FROM link"
        f" WHERE account_id = $1 AND contact_id IS NULL AND {_LINKS_OF[scope]}"
    )


def _write_rows(scope: Scope, table: str) -> str:
    return f"SELECT {scope}, id, 0::bigint, ARRAY[id::text] FROM {table} WHERE account_id = $1"


# Statements that answer with the scope and both keys of each part, and the keys that it stands under, of a `parent`
# with both its keys. Links never change their campaign or creator, so their rollups hold nothing of another parent.
PARTS: Final[dict[tuple[Scope, Dimension], str]] = {
    (Scope.ACCOUNT, Dimension.CAMPAIGN): _write_rows(Scope.CAMPAIGN, "campaign"),
    (Scope.ACCOUNT, Dimension.CREATOR): _write_rows(Scope.CREATOR, "creator"),
    (Scope.ACCOUNT, Dimension.MESSAGE): _write_rows(Scope.MESSAGE, "message"),
    (Scope.ACCOUNT, Dimension.OFFER): _write_rows(Scope.OFFER, "offer"),
    **{
        (scope, dimension): _write_links(scope, dimension)
        for scope in _LINKS_OF
        for dimension in _LINK_KEYS
        if dimension is not Dimension.KIND or scope is Scope.ACCOUNT
    },
    (Scope.CAMPAIGN, Dimension.CREATOR): (
        f"SELECT {Scope.CAMPAIGN_CREATOR}, parent.first_key, id, ARRAY[id::text]"
        f" FROM ({_pair('creator_id', 'campaign_id')}) AS member (id)"
    ),
    (Scope.CREATOR, Dimension.CAMPAIGN): (
        f"SELECT {Scope.CAMPAIGN_CREATOR}, id, parent.first_key, ARRAY[id::text]"
        f" FROM ({_pair('campaign_id', 'creator_id')}) AS joined (id)"
    ),
    (Scope.CREATOR, Dimension.OFFER): (
        f"SELECT {Scope.OFFER_CREATOR}, id, parent.first_key, ARRAY[id::text] FROM offer WHERE account_id = $1"
    ),
    (Scope.OFFER, Dimension.CREATOR): (
        f"SELECT {Scope.OFFER_CREATOR}, parent.first_key, id, ARRAY[id::text] FROM creator WHERE account_id = $1"
    ),
    (Scope.MESSAGE, Dimension.SLOT): (
        f"SELECT {Scope.MESSAGE_SLOT}, parent.first_key, number, ARRAY[number::text] FROM ({_SLOTS}) AS slot (number)"
    ),
}
