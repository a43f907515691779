"""How a question about an id is written down, and filled with the ids of one account or the other."""

from collections.abc import Mapping
from dataclasses import dataclass

LISTED = "nodes { id }"
ELSEWHERE = 'destinationUrl: "https://evil.example/"'


@dataclass(frozen=True)
class Ids:
    """One of each node as global ids, by the names of their types; `link_url` is the address of the link."""

    nodes: Mapping[str, str]
    link_url: str

    @property
    def marks(self) -> dict[str, str]:
        return {**self.nodes, "link_url": self.link_url}


@dataclass(frozen=True)
class Case:
    """`$Link` in the query stands for the id that is asked about, `@Link` for one of who asks.

    `field` is the root field, `covers` the id arguments that it asks with. Where nothing of one's own can match
    either, the case is not one that `finds_own`.
    """

    field: str
    query: str
    covers: frozenset[str] = frozenset()
    finds_own: bool = True

    @property
    def is_about_an_id(self) -> bool:
        return "$" in self.query

    def fill(self, own: Ids, about: Ids) -> str:
        query = self.query
        for mark, ids in (("@", own), ("$", about)):
            for name, value in sorted(ids.marks.items(), reverse=True):  # CampaignCreator before Campaign
                query = query.replace(mark + name, value)
        return query


def ask(field: str, text: str, *arguments: str) -> Case:
    """A query of a root field; `arguments` are the paths of the ids in it, below the field."""
    return Case(f"Query.{field}", f"{{ {text} }}", frozenset(f"Query.{field}.{each}" for each in arguments))


def ask_within(
    path: str, name: str, type_name: str, *, is_list: bool = False, finds_own: bool = True, shows: str = "id"
) -> Case:
    """A filter of a list within a node of who asks, such as `Campaign.links`."""
    parent, field = path.split(".")
    given = f'["${type_name}"]' if is_list else f'"${type_name}"'
    listed = f"{field}(filter: {{ {name}: {given} }}) {{ nodes {{ {shows} }} }}"
    text = f'node(id: "@{parent}") {{ ... on {parent} {{ {listed} }} }}'
    return Case("Query.node", f"{{ {text} }}", frozenset({f"{path}.filter.{name}"}), finds_own)


def change(field: str, given: str, *arguments: str, shows_items: bool = False, finds_own: bool = True) -> Case:
    """A mutation; `arguments` are the paths of the ids in its input. A bulk one `shows_items`."""
    success = f"{field[0].upper()}{field[1:]}Success"
    items = f"... on {success} {{ items {{ ok errors {{ code message path }} }} }}" if shows_items else ""
    text = f"{field}(input: {{ {given} }}) {{ __typename ... on UserError {{ code message path }} {items} }}"
    covers = frozenset(f"Mutation.{field}.input.{each}" for each in arguments)
    return Case(f"Mutation.{field}", f"mutation {{ {text} }}", covers, finds_own)
