"""Of which rollups a subject's parts are made, for each scope and dimension that it can be broken down by."""

from typing import Final

from tracking.reports.dimensions import NONE_KEY, UTM_PARAMETERS, Dimension
from tracking.reports.scopes import Grain, Scope

_QUERY: Final = r"coalesce(substring(link.destination_url from '^[^?#]*\?([^#]*)'), '')"
# The platform of the first post that carries the link, else of the only profile that its creator has.
_PLATFORM: Final = f"""coalesce(
    (SELECT post.platform::text FROM post_link JOIN post ON post.id = post_link.post_id
        WHERE post_link.link_id = link.id ORDER BY post.published_at, post.id LIMIT 1),
    (SELECT min(platform::text) FROM creator_profile WHERE creator_profile.creator_id = link.creator_id
        HAVING count(*) = 1),
    '{NONE_KEY}')"""
_OF_LINKS: Final = {
    Dimension.LINK: "ARRAY[link.id::text]",
    Dimension.CAMPAIGN: f"ARRAY[coalesce(link.campaign_id::text, '{NONE_KEY}')]",
    Dimension.CREATOR: f"ARRAY[coalesce(link.creator_id::text, '{NONE_KEY}')]",
    Dimension.OFFER: f"ARRAY[coalesce(link.offer_id::text, '{NONE_KEY}')]",
    Dimension.KIND: "ARRAY[link.kind::text]",
    Dimension.LABEL: f"ARRAY[coalesce(nullif(link.label, ''), '{NONE_KEY}')]",
    Dimension.TAG: "ARRAY(SELECT DISTINCT unnest(link.tags))",
    Dimension.PLATFORM: f"ARRAY[{_PLATFORM}]",
    **dict.fromkeys(UTM_PARAMETERS, f"ARRAY[coalesce(nullif(utm.told, ''), '{NONE_KEY}')]"),
}
_VARIANT: Final = f"coalesce(nullif(variant, ''), '{NONE_KEY}')"
_BY_TEXTS: Final = (Dimension.KIND, Dimension.LABEL, Dimension.TAG, Dimension.PLATFORM, *UTM_PARAMETERS)
_WHOSE_LINKS: Final = {
    Scope.ACCOUNT: "true",
    Scope.CAMPAIGN: "link.campaign_id = parent.first_key",
    Scope.CREATOR: "link.creator_id = parent.first_key",
    Scope.CAMPAIGN_CREATOR: "link.campaign_id = parent.first_key AND link.creator_id = parent.second_key",
    Scope.OFFER: "link.offer_id = parent.first_key",
    None: "link.tags <> '{}' AND link.tags @> ARRAY[parent.tag]",
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


def _find_raw(dimension: Dimension) -> str:
    """What stands after the first parameter of this name in a link's destination, still encoded."""
    return f"substring('&' || {_QUERY} from '&{UTM_PARAMETERS[dimension]}=([^&]*)')"


def _choose_links(scope: Scope | None) -> str:
    return f"link.account_id = $1 AND link.contact_id IS NULL AND {_WHOSE_LINKS[scope]}"


def _write_links(scope: Scope | None, dimension: Dimension) -> str:
    """`{raw}` and `{told}` are texts of destinations and what they mean."""
    joined = ""
    if dimension in UTM_PARAMETERS:
        joined = (
            "LEFT JOIN unnest({raw}::text[], {told}::text[]) AS utm (raw, told)"
            f" ON utm.raw = {_find_raw(dimension)}"
        )
    return (
        f"SELECT {Scope.LINK}, link.id, 0::bigint, {_OF_LINKS[dimension]} FROM link {joined}"
        f" WHERE {_choose_links(scope)}"
    )


def _write_rows(scope: Scope, table: str) -> str:
    return f"SELECT {scope}, id, 0::bigint, ARRAY[id::text] FROM {table} WHERE account_id = $1"


def _write_messages(key: str, whose: str) -> str:
    return f"SELECT {Scope.MESSAGE}, id, 0::bigint, ARRAY[{key}] FROM message WHERE account_id = $1 AND {whose}"


# Statements that answer with the scope and both keys of each part, and the keys that it stands under, of a `parent`
# with both its keys, and of tags, which have no scope, with its tag. Links never change their campaign, creator or
# offer, so their rollups hold nothing of another parent.
PARTS: Final[dict[tuple[Scope | None, Dimension], str]] = {
    (Scope.ACCOUNT, Dimension.CAMPAIGN): _write_rows(Scope.CAMPAIGN, "campaign"),
    (Scope.ACCOUNT, Dimension.CREATOR): _write_rows(Scope.CREATOR, "creator"),
    (Scope.ACCOUNT, Dimension.MESSAGE): _write_rows(Scope.MESSAGE, "message"),
    (Scope.ACCOUNT, Dimension.OFFER): _write_rows(Scope.OFFER, "offer"),
    (Scope.ACCOUNT, Dimension.CREATIVE): _write_rows(Scope.CREATIVE, "creative"),
    (Scope.ACCOUNT, Dimension.SHARER): _write_rows(Scope.SHARER, "user_of_account"),
    (Scope.ACCOUNT, Dimension.VARIANT): _write_messages(_VARIANT, "true"),
    **{
        (scope, dimension): _write_links(scope, dimension)
        for scope in (Scope.ACCOUNT, Scope.CAMPAIGN, Scope.CREATOR, Scope.CAMPAIGN_CREATOR)
        for dimension in (Dimension.LINK, *_BY_TEXTS)
    },
    (Scope.CAMPAIGN, Dimension.OFFER): _write_links(Scope.CAMPAIGN, Dimension.OFFER),
    (Scope.CAMPAIGN_CREATOR, Dimension.OFFER): _write_links(Scope.CAMPAIGN_CREATOR, Dimension.OFFER),
    (Scope.OFFER, Dimension.LINK): _write_links(Scope.OFFER, Dimension.LINK),
    (Scope.OFFER, Dimension.CAMPAIGN): _write_links(Scope.OFFER, Dimension.CAMPAIGN),
    **{
        (None, dimension): _write_links(None, dimension)
        for dimension in (Dimension.LINK, Dimension.CREATOR, Dimension.CAMPAIGN)
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
    (Scope.MESSAGE, Dimension.SHARER): (
        f"SELECT {Scope.MESSAGE_SHARER}, parent.first_key, id, ARRAY[id::text] FROM user_of_account"
        " WHERE account_id = $1"
    ),
    (Scope.SHARER, Dimension.MESSAGE): (
        f"SELECT {Scope.MESSAGE_SHARER}, id, parent.first_key, ARRAY[id::text] FROM message WHERE account_id = $1"
    ),
    (Scope.CREATIVE, Dimension.MESSAGE): _write_messages("id::text", "creative_id = parent.first_key"),
    (Scope.CREATIVE, Dimension.VARIANT): _write_messages(_VARIANT, "creative_id = parent.first_key"),
}

# Scopes whose row under NO_KEY holds what the parts do not, so that nothing needs to be taken off the whole.
RESTS: Final[dict[tuple[Scope | None, Dimension], Scope]] = {
    (Scope.ACCOUNT, Dimension.CAMPAIGN): Scope.CAMPAIGN,
    (Scope.ACCOUNT, Dimension.CREATOR): Scope.CREATOR,
    **{(Scope.ACCOUNT, dimension): Scope.LINK for dimension in (Dimension.LINK, *_BY_TEXTS)},
}

# What links of the subjects have in their destinations, for each dimension that is read from there.
RAW_UTM: Final[dict[tuple[Scope | None, Dimension], str]] = {
    (scope, dimension): f"SELECT DISTINCT {_find_raw(dimension)} AS raw FROM link WHERE {_choose_links(scope)}"
    for scope, dimension in PARTS
    if dimension in UTM_PARAMETERS
}
