"""Mutations of tracking domains."""

from typing import Annotated, TypeAlias

import strawberry

from api.after_commit import tell_redirectors
from api.context import Info
from api.domains.types import TrackingDomain, require_domain
from api.errors import Archived, IdempotencyConflict, InvalidInput, NotFound, Taken
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id
from api.permissions import IsAdmin
from tracking.domains.looking import DomainLooker
from tracking.domains.service import archive_domain, create_domain, update_domain, verify_domain


@strawberry.input(description="A host for short links.")
class CreateTrackingDomainInput:
    host: str = strawberry.field(description="A name under a domain of yours, such as go.brand.example.")
    tls: bool = strawberry.field(default=True, description="Whether its short URLs start with https.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The domain is added, and unverified until its TXT record is seen.")
class CreateTrackingDomainSuccess:
    domain: TrackingDomain = strawberry.field(description="The new one, with the records to add to its DNS.")


@strawberry.input(description="A tracking domain whose records are to be looked at.")
class VerifyTrackingDomainInput:
    id: strawberry.ID = strawberry.field(description="Of the domain.")


@strawberry.type(description="Its records were looked at; `status` and `dnsRecords` say what came of it.")
class VerifyTrackingDomainSuccess:
    domain: TrackingDomain = strawberry.field(description="As it is now; UNVERIFIED when the TXT record was not found.")


@strawberry.input(description="What of a tracking domain to change. What is left out stays.")
class UpdateTrackingDomainInput:
    id: strawberry.ID = strawberry.field(description="Of the domain.")
    is_default: bool | None = strawberry.field(
        default=None, description="True makes it the default, and the one before no longer. It must be VERIFIED."
    )
    tls: bool | None = strawberry.field(default=None, description="Whether its short URLs start with https.")


@strawberry.type(description="The domain was changed.")
class UpdateTrackingDomainSuccess:
    domain: TrackingDomain = strawberry.field(description="As it is now.")


@strawberry.input(description="A tracking domain that is no longer needed.")
class ArchiveTrackingDomainInput:
    id: strawberry.ID = strawberry.field(description="Of the domain.")


@strawberry.type(description="The domain takes no links any more.")
class ArchiveTrackingDomainSuccess:
    domain: TrackingDomain = strawberry.field(description="As it is now.")


CreateTrackingDomainResult: TypeAlias = Annotated[
    CreateTrackingDomainSuccess | InvalidInput | Taken | IdempotencyConflict,
    strawberry.union("CreateTrackingDomainResult", description="How it went."),
]
VerifyTrackingDomainResult: TypeAlias = Annotated[
    VerifyTrackingDomainSuccess | NotFound | Taken | Archived,
    strawberry.union("VerifyTrackingDomainResult", description="How it went."),
]
UpdateTrackingDomainResult: TypeAlias = Annotated[
    UpdateTrackingDomainSuccess | InvalidInput | NotFound | Archived,
    strawberry.union("UpdateTrackingDomainResult", description="How it went."),
]
ArchiveTrackingDomainResult: TypeAlias = Annotated[
    ArchiveTrackingDomainSuccess | InvalidInput | NotFound,
    strawberry.union("ArchiveTrackingDomainResult", description="How it went."),
]


@strawberry.type
class DomainMutation:
    @strawberry.mutation(
        description="Add a host for short links. Anybody may add it; the account that proves it gets it.",
        permission_classes=[IsAdmin],
    )
    async def create_tracking_domain(
        self,
        info: Info,
        given: Annotated[CreateTrackingDomainInput, strawberry.argument(name="input", description="It.")],
    ) -> CreateTrackingDomainResult:
        row = await create_domain(
            info.context.account_id, given.host, has_tls=given.tls, idempotency_key=given.idempotency_key
        )
        return CreateTrackingDomainSuccess(domain=await require_domain(info.context, row.id))

    @strawberry.mutation(
        description="Look at a domain's DNS records now; this takes up to five seconds. Its TXT record verifies it,"
        " unless another account has verified the host: it is Taken until that account archives it. The first verified"
        " domain of an account becomes its default.",
        permission_classes=[IsAdmin],
    )
    async def verify_tracking_domain(
        self,
        info: Info,
        given: Annotated[VerifyTrackingDomainInput, strawberry.argument(name="input", description="Which.")],
    ) -> VerifyTrackingDomainResult:
        domain_id = read_id(given.id, "TrackingDomain")
        row = await verify_domain(info.context.account_id, domain_id, DomainLooker(info.context.settings))
        await tell_redirectors(info.context)
        return VerifyTrackingDomainSuccess(domain=await require_domain(info.context, row.id))

    @strawberry.mutation(
        description="Make a domain the default, or say whether it has TLS.", permission_classes=[IsAdmin]
    )
    async def update_tracking_domain(
        self,
        info: Info,
        given: Annotated[UpdateTrackingDomainInput, strawberry.argument(name="input", description="What.")],
    ) -> UpdateTrackingDomainResult:
        domain_id = read_id(given.id, "TrackingDomain")
        row = await update_domain(info.context.account_id, domain_id, is_default=given.is_default, has_tls=given.tls)
        return UpdateTrackingDomainSuccess(domain=await require_domain(info.context, row.id))

    @strawberry.mutation(
        description="Archive a domain that nothing uses: no link on it works, no deliverable or campaign names it, and"
        " it is not the default while there is another. Its archived links go on answering 410 until another account"
        " proves the host. `createTrackingDomain` brings it back, unverified.",
        permission_classes=[IsAdmin],
    )
    async def archive_tracking_domain(
        self,
        info: Info,
        given: Annotated[ArchiveTrackingDomainInput, strawberry.argument(name="input", description="Which.")],
    ) -> ArchiveTrackingDomainResult:
        domain_id = read_id(given.id, "TrackingDomain")
        row = await archive_domain(info.context.account_id, domain_id)
        return ArchiveTrackingDomainSuccess(domain=await require_domain(info.context, row.id))
