"""Every question that takes an id, for the test of two accounts, which fails for a field or an argument without one."""

from dataclasses import dataclass
from typing import Final

from api.ids import encode_id

UNKNOWN: Final = 4_611_686_018_427_387_904


@dataclass(frozen=True)
class Ids:
    """One of each node, as global ids; the names of the fields are those of the types."""

    Account: str
    Campaign: str
    CampaignCreator: str
    Click: str
    Creator: str
    Link: str
    TrackingDeliverable: str
    link_url: str

    @property
    def nodes(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if name != "link_url"}


UNKNOWN_IDS: Final = Ids(
    **{name: encode_id(name, UNKNOWN) for name in ("Account", "Campaign", "CampaignCreator", "Creator", "Link")},
    TrackingDeliverable=encode_id("TrackingDeliverable", UNKNOWN),
    Click="Q2xpY2s6MDE5OGEyYzAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAx",
    link_url="http://nowhere.localhost/x",
)


@dataclass(frozen=True)
class Case:
    """`$Link` in the query stands for the id that is asked about, `@Link` for one of who asks.

    `field` is the root field, `covers` the id arguments that it asks with.
    """

    field: str
    query: str
    covers: frozenset[str] = frozenset()

    @property
    def is_about_an_id(self) -> bool:
        return "$" in self.query

    def fill(self, own: Ids, about: Ids) -> str:
        query = self.query
        for mark, ids in (("@", own), ("$", about)):
            for name, value in sorted(vars(ids).items(), reverse=True):  # CampaignCreator before Campaign
                query = query.replace(mark + name, value)
        return query


def _query(field: str, text: str, *arguments: str) -> Case:
    return Case(f"Query.{field}", f"{{ {text} }}", frozenset(f"Query.{field}.{each}" for each in arguments))


def _filter(path: str, name: str, type_name: str, listed: bool = False) -> Case:
    """A filter of a list within a node of who asks, such as `Campaign.links`."""
    parent, field = path.split(".")
    given = f'["${type_name}"]' if listed else f'"${type_name}"'
    text = (
        f'node(id: "@{parent}") {{ ... on {parent} {{ {field}(filter: {{ {name}: {given} }}) {{ nodes {{ id }} }} }} }}'
    )
    return Case("Query.node", f"{{ {text} }}", frozenset({f"{path}.filter.{name}"}))


def _mutation(field: str, given: str, *arguments: str) -> Case:
    items = _ITEMS if field == "addCreatorsToCampaign" else ""
    text = f"{field}(input: {{ {given} }}) {{ __typename ... on UserError {{ code message path }} {items} }}"
    return Case(
        f"Mutation.{field}", f"mutation {{ {text} }}", frozenset(f"Mutation.{field}.input.{each}" for each in arguments)
    )


_ITEMS: Final = "... on AddCreatorsToCampaignSuccess { items { ok errors { code message path } } }"
_LISTED: Final = "nodes { id }"
_ELSEWHERE: Final = 'destinationUrl: "https://evil.example/"'
CASES: Final = (
    _query("viewer", "viewer { account { id } }"),
    _query("campaigns", f"campaigns {{ {_LISTED} }}"),
    _query("creators", f"creators {{ {_LISTED} }}"),
    _query("links", f"links {{ {_LISTED} }}"),
    _query("clicks", f"clicks {{ {_LISTED} }}"),
    _query("campaign", 'campaign(id: "$Campaign") { id name }', "id"),
    _query("linkByUrl", 'linkByUrl(url: "$link_url") { id }'),
    _query("links", f'links(filter: {{ campaignId: "$Campaign" }}) {{ {_LISTED} }}', "filter.campaignId"),
    _query("links", f'links(filter: {{ creatorId: "$Creator" }}) {{ {_LISTED} }}', "filter.creatorId"),
    _query("clicks", f'clicks(filter: {{ linkIds: ["$Link"] }}) {{ {_LISTED} }}', "filter.linkIds"),
    _query("clicks", f'clicks(filter: {{ campaignIds: ["$Campaign"] }}) {{ {_LISTED} }}', "filter.campaignIds"),
    _query("clicks", f'clicks(filter: {{ creatorIds: ["$Creator"] }}) {{ {_LISTED} }}', "filter.creatorIds"),
    *(_query("node", f'node(id: "${name}") {{ id __typename }}', "id") for name in UNKNOWN_IDS.nodes),
    *(_query("nodes", f'nodes(ids: ["${name}"]) {{ id __typename }}', "ids") for name in UNKNOWN_IDS.nodes),
    *(
        _filter(f"{parent}.links", name, type_name)
        for parent in ("Campaign", "CampaignCreator", "Creator", "TrackingDeliverable")
        for name, type_name in (("campaignId", "Campaign"), ("creatorId", "Creator"))
    ),
    _filter("Link.clicks", "linkIds", "Link", listed=True),
    _filter("Link.clicks", "campaignIds", "Campaign", listed=True),
    _filter("Link.clicks", "creatorIds", "Creator", listed=True),
    _mutation("createCampaign", 'name: "Own"'),
    _mutation("createCreators", 'creators: [{ handle: "own" }]'),
    _mutation("updateCampaign", 'id: "$Campaign", name: "Taken over"', "id"),
    _mutation("createTrackingDeliverable", f'campaignId: "$Campaign", name: "Shop", {_ELSEWHERE}', "campaignId"),
    _mutation("addCreatorsToCampaign", 'campaignId: "$Campaign", creatorIds: ["@Creator"]', "campaignId"),
    _mutation("addCreatorsToCampaign", 'campaignId: "@Campaign", creatorIds: ["$Creator"]', "creatorIds"),
    _mutation("setCampaignCreatorStage", 'id: "$CampaignCreator", stage: COMPLETED', "id"),
    _mutation("createCreatorLink", f'creatorId: "$Creator", {_ELSEWHERE}', "creatorId"),
    _mutation("createCreatorLink", f'creatorId: "@Creator", campaignId: "$Campaign", {_ELSEWHERE}', "campaignId"),
    _mutation("archiveLink", 'id: "@Link", replacementId: "$Link"', "replacementId"),
    _mutation("archiveLink", 'id: "$Link"', "id"),
)
