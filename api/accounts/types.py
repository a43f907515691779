"""The account and who asks about it."""

import datetime as dt

import strawberry

from api.context import Info
from api.enums import publish_enum
from api.ids import encode_id
from api.nodes import Node
from api.reports.queries import RangeArgument, make_report
from api.reports.types import Report
from api.scalars import CurrencyCode
from tracking.accounts import models
from tracking.accounts.models import Scope
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope as ReportScope

publish_enum(
    Scope,
    "What an API key may do. A wider scope includes the narrower ones.",
    {
        Scope.READ: "Ask queries and open subscriptions.",
        Scope.WRITE: "Also run campaigns: create, change and archive.",
        Scope.ADMIN: "Also what decides over the account itself: its settings and keys.",
    },
)


@strawberry.type(description="The owner of everything here. Nothing of another account is visible.")
class Account(Node):
    name: str = strawberry.field(description="For people.")
    timezone: str = strawberry.field(description="IANA name. Days and hours in every report are of this zone.")
    currency: CurrencyCode = strawberry.field(description="ISO 4217 code of amounts that name no other.")
    row: strawberry.Private[models.Account]

    @strawberry.field(description="What happened on all links of the account in a range.")
    async def report(self, info: Info, wanted: RangeArgument) -> Report:
        return await make_report(info.context, Subject(ReportScope.ACCOUNT), wanted)

    @classmethod
    def from_row(cls, row: models.Account) -> "Account":
        return cls(
            id=encode_id("Account", row.id),
            name=row.name,
            timezone=row.timezone,
            currency=CurrencyCode(row.currency),
            row=row,
        )


@strawberry.type(description="Whose credential this is, and what it may do.")
class Viewer:
    account: Account = strawberry.field(description="The account that the credential opens.")
    scopes: list[Scope] = strawberry.field(description="What the credential may do.")
    expires_at: dt.datetime | None = strawberry.field(description="When the credential ends; null when it does not.")
