"""The types of which payloads are made, each with what its JSON Schema says of it: the words of the graph. Pure."""

import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, TypeAlias

import msgspec

from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.clicks.filters import Counting
from tracking.conversions.kinds import ConversionKind, Method, Source, StandingReason, Status, Trust
from tracking.exports.models import ExportFormat, ExportKind
from tracking.imports.models import ImportFormat, ImportKind
from tracking.links.models import LinkKind, SystemLinkKind


def _choose(enum: type[Enum]) -> dict[str, Any]:
    return {"enum": [each.name for each in enum]}


def _exemplify(enum: type[Enum], description: str) -> msgspec.Meta:
    """Of words that new rulesets add to: no schema lists them for good."""
    return msgspec.Meta(description=f"{description} Others may be added.", examples=[each.name for each in enum])


GraphId: TypeAlias = Annotated[str, msgspec.Meta(description="Its id in the graph.")]
Moment: TypeAlias = Annotated[dt.datetime, msgspec.Meta(tz=True)]
Amount: TypeAlias = Annotated[Decimal, msgspec.Meta(description="In major units, with all digits of the currency.")]

VerdictName: TypeAlias = Annotated[
    str, msgspec.Meta(description="Who clicked, as far as is known.", extra_json_schema=_choose(Verdict))
]
CountingName: TypeAlias = Annotated[
    str, msgspec.Meta(description="What it was counted as.", extra_json_schema=_choose(Counting))
]
TrafficClassName: TypeAlias = Annotated[str, _exemplify(TrafficClass, "What kind of program, or NONE.")]
ReasonName: TypeAlias = Annotated[str, _exemplify(Reason, "One thing that spoke for the verdict, or against it.")]
LinkKindName: TypeAlias = Annotated[
    str, msgspec.Meta(description="What the link was made for.", extra_json_schema=_choose(LinkKind))
]
SystemKindName: TypeAlias = Annotated[
    str, msgspec.Meta(description="Of a SYSTEM link: which one.", extra_json_schema=_choose(SystemLinkKind))
]
ConversionKindName: TypeAlias = Annotated[
    str,
    msgspec.Meta(description="What happened. A name of your own is CUSTOM.", extra_json_schema=_choose(ConversionKind)),
]
StatusName: TypeAlias = Annotated[
    str,
    msgspec.Meta(description="How it stands. Reports count APPROVED ones alone.", extra_json_schema=_choose(Status)),
]
StandingReasonName: TypeAlias = Annotated[str, _exemplify(StandingReason, "Why it stands so, or NONE.")]
TrustName: TypeAlias = Annotated[
    str, msgspec.Meta(description="How sure it is that the brand reported it.", extra_json_schema=_choose(Trust))
]
SourceName: TypeAlias = Annotated[str, _exemplify(Source, "Through which door the surest report of it came.")]
MethodName: TypeAlias = Annotated[str, _exemplify(Method, "By what it is credited, or NONE.")]
ExportKindName: TypeAlias = Annotated[str, _exemplify(ExportKind, "What is in it.")]
ExportFormatName: TypeAlias = Annotated[str, _exemplify(ExportFormat, "How it is written.")]
ImportKindName: TypeAlias = Annotated[str, _exemplify(ImportKind, "What its rows are.")]
ImportFormatName: TypeAlias = Annotated[str, _exemplify(ImportFormat, "How it was written.")]
EndName: TypeAlias = Annotated[
    str, msgspec.Meta(description="How it ended.", extra_json_schema={"enum": ["COMPLETED", "FAILED"]})
]


def describe(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)
