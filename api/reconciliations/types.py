"""Our unique clicks beside what another tool would have counted, and by what they differ."""

import strawberry

from api.enums import publish_enum
from api.reports.types import ResolvedRange
from api.scalars import BigInt
from tracking.reconciling.rules import Cause, Definition, Reconciliation

publish_enum(
    Definition,
    "By what another tool counts clicks on a link. Programs, previews, prefetches and tests are left out as we see"
    " them, unless it says otherwise.",
    {
        Definition.IP_UA_1H: "The first of an address and user agent; none for an hour after it. Dub counts so."
        " Addresses are not kept: of visitors known by cookie or contact, and across midnight, the network (/24 or"
        " /48) stands for them, so that this is a lower bound.",
        Definition.COOKIE_24H: "The first of a browser; none for 24 hours after it. Everflow and TUNE count so as they"
        " are set up. Where there is no cookie it is the visitor of the day, and across midnight network and user"
        " agent.",
        Definition.SESSION_30MIN: "The first after half an hour without any by the same visitor, as impact.com counts.",
        Definition.RAW: "Every request, whoever made it.",
    },
    name="ReconcileDefinition",
)
publish_enum(
    Cause,
    "Why a click is in one of the two numbers alone.",
    {
        Cause.BOTS: "Made by a program.",
        Cause.PREVIEWS: "An app or a chat drew the card of the link.",
        Cause.PREFETCHES: "A browser looked ahead.",
        Cause.TESTS: "Marked as a test.",
        Cause.SUSPECTS: "Neither clearly a person's nor clearly a program's, and not counted here. Where the person"
        " clicked again, the click that counts here is taken off.",
        Cause.POLICY: "A program's that the bot policy counts, which they leave out; or a person's that it does not"
        " count.",
        Cause.REPEATS: "The same visitor on the same link and day, after their window was over.",
        Cause.CONTACTS: "Contacts count once for each message here, for ever and over all its links.",
        Cause.DAY_BORDER: "A new day began here, and their window was not over.",
        Cause.SHARED_ADDRESS: "Two visitors here, one address and user agent for them.",
    },
    name="ReconcileCause",
)


@strawberry.type(description="Clicks that are in one of the two numbers alone.")
class Difference:
    cause: Cause = strawberry.field(description="Why.")
    clicks: BigInt = strawberry.field(description="What it adds to their number; negative for what it takes off.")


@strawberry.type(
    description="Two numbers of the same clicks: `theirs - uniqueClicks` is the sum of `differences`, exactly."
)
class ReconciledClicks:
    range: ResolvedRange = strawberry.field(description="The range that this is really about.")
    definition: Definition = strawberry.field(description="By what `theirs` are counted.")
    unique_clicks: BigInt = strawberry.field(description="Ours, recounted from the clicks that are kept.")
    theirs: BigInt = strawberry.field(description="What the other tool would have counted.")
    differences: list[Difference] = strawberry.field(description="By cause; every one, those of no clicks too.")

    @classmethod
    def tell(cls, found: Reconciliation, definition: Definition, resolved: ResolvedRange) -> "ReconciledClicks":
        differences = [Difference(cause=cause, clicks=BigInt(clicks)) for cause, clicks in found.causes.items()]
        return cls(
            range=resolved,
            definition=definition,
            unique_clicks=BigInt(found.ours),
            theirs=BigInt(found.theirs),
            differences=differences,
        )
