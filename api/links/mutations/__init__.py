"""Mutations of links."""

import strawberry

from api.links.mutations.changing import LinkChanging
from api.links.mutations.making import LinkMaking


@strawberry.type
class LinkMutation(LinkMaking, LinkChanging):
    pass
