"""A tracking domain: where short links live, and what its owner has to say in the DNS."""

import datetime as dt
from enum import StrEnum

import strawberry

from api.context import Context, Info
from api.domains.loaders import make_domain_loader
from api.enums import publish_enum
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.nodes import Node
from api.pagination import Connection
from tracking.domains.listing import DomainRow
from tracking.domains.looking import is_address
from tracking.domains.rules import DomainStatus, name_verification_record

publish_enum(
    DomainStatus,
    "How far a tracking domain can be trusted.",
    {
        DomainStatus.UNVERIFIED: "Its TXT record was not seen yet: nothing redirects on it, and it takes no links.",
        DomainStatus.VERIFIED: "It redirects, and takes links.",
        DomainStatus.FAILING: (
            "Nameservers said on three days in a row that its TXT record is gone. It goes on redirecting, and takes no"
            " new links until a look finds the record again."
        ),
    },
    name="TrackingDomainStatus",
)


class DnsRecordType(StrEnum):
    TXT = "TXT"
    CNAME = "CNAME"
    A = "A"
    AAAA = "AAAA"


publish_enum(
    DnsRecordType,
    "What a DNS record says.",
    {
        DnsRecordType.TXT: "A text, which proves that the domain is yours.",
        DnsRecordType.CNAME: "Another name for the same place.",
        DnsRecordType.A: "An IPv4 address.",
        DnsRecordType.AAAA: "An IPv6 address.",
    },
)


@strawberry.type(description="A record to add where the domain's DNS is kept.")
class DnsRecord:
    type: DnsRecordType = strawberry.field(description="Its type.")
    name: str = strawberry.field(description="Its name, in full.")
    value: str = strawberry.field(description="What it has to say.")
    found: list[str] = strawberry.field(
        description="What the last look found at this name and type, ten values at most; empty before the first look."
    )


@strawberry.type(
    description="A host that short links live on, of this account alone. It takes links once its TXT record was seen."
)
class TrackingDomain(Node):
    host: str = strawberry.field(description="In lower case; names in other scripts in punycode.")
    status: DomainStatus = strawberry.field(description="Whether it redirects and takes links.")
    points_here: bool | None = strawberry.field(
        description="Whether its addresses, or the name it stands for, are those of the redirectors. Null: nobody has"
        " looked, no nameserver answered, or the operator has not said where the redirectors are."
    )
    tls: bool = strawberry.field(description="Whether its short URLs start with https.")
    is_default: bool = strawberry.field(description="New links live on it unless they or their campaign name another.")
    verified_at: dt.datetime | None = strawberry.field(description="When its TXT record was first seen.")
    checked_at: dt.datetime | None = strawberry.field(
        description="When its records were last looked at. Verified ones are looked at daily, new ones every few"
        " minutes for three days and every six hours for a month."
    )
    archived_at: dt.datetime | None = strawberry.field(description="Since when it takes no links, nor can it be used.")
    created_at: dt.datetime = strawberry.field(description="When the account added it.")
    row: strawberry.Private[DomainRow]

    @classmethod
    def from_row(cls, row: DomainRow) -> "TrackingDomain":
        return cls(
            id=encode_id("TrackingDomain", row.id),
            host=row.host,
            status=row.status,
            points_here=row.points_here,
            tls=row.has_tls,
            is_default=row.is_default,
            verified_at=row.verified_at,
            checked_at=row.checked_at,
            archived_at=row.archived_at,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(
        description="The records to add: the TXT record, which proves that the domain is yours, and what leads visitors"
        " here, of which one is enough: a CNAME, or else an A or AAAA record. Empty for a name that needs no proof."
    )
    def dns_records(self, info: Info) -> list[DnsRecord]:
        row = self.row
        if row.verification_token is None:
            return []
        proof = (DnsRecordType.TXT, name_verification_record(row.host), row.verification_token)
        wanted = [proof, *((_find_type(host), row.host, host) for host in info.context.settings.public_hosts)]
        return [
            DnsRecord(type=kind, name=name, value=value, found=row.found_records.get(kind, []))
            for kind, name, value in wanted
        ]

    history: Connection[HistoryEntry] = make_history_field(
        "TrackingDomain", "Who changed it, when, and from what to what."
    )


def _find_type(public_host: str) -> DnsRecordType:
    if not is_address(public_host):
        return DnsRecordType.CNAME
    return DnsRecordType.AAAA if ":" in public_host else DnsRecordType.A


async def load_domain(context: Context, domain_id: int | None) -> TrackingDomain | None:
    row = await context.loader(make_domain_loader).load(domain_id) if domain_id else None
    return TrackingDomain.from_row(row) if row else None


async def require_domain(context: Context, domain_id: int) -> TrackingDomain:
    domain = await load_domain(context, domain_id)
    if domain is None:
        raise LookupError("a tracking domain that was just there is gone")
    return domain
