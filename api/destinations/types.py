"""What is told of a link's destination."""

import datetime as dt

import strawberry


@strawberry.type(description="The utm parameters of a destination. What is null is not there.")
class UtmParameters:
    source: str | None = strawberry.field(description="utm_source.")
    medium: str | None = strawberry.field(description="utm_medium.")
    campaign: str | None = strawberry.field(description="utm_campaign.")
    term: str | None = strawberry.field(description="utm_term.")
    content: str | None = strawberry.field(description="utm_content.")


@strawberry.type(description="What was seen when a destination was visited last.")
class DestinationCheck:
    is_broken: bool = strawberry.field(description="True when people would not have arrived.")
    checked_at: dt.datetime = strawberry.field(description="When it was visited.")
    finding: str | None = strawberry.field(description="Why it counts as broken, such as 404, DNS or TIMEOUT.")
