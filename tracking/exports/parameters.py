"""What an export is about: checked by what its kind takes, and stored with it. Pure."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from tracking.errors import InvalidInputError
from tracking.exports.layouts import Layout, Parameters
from tracking.reports.ranges import Preset, resolve_preset

# What every kind takes, as it is about the file and not about its rows.
_ABOUT_THE_FILE: Final = frozenset({"has_byte_order_mark"})
# The names of the graph, for those who are told what is wrong.
NAMES: Final[Mapping[str, str]] = {
    "preset": "range",
    "range_start": "range",
    "range_end": "range",
    "link_ids": "linkIds",
    "campaign_id": "campaignId",
    "creator_id": "creatorId",
    "message_ids": "messageIds",
    "offer_id": "offerId",
    "segment_id": "segmentId",
    "is_counted_only": "countedOnly",
}


class ExportParameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is None restricts nothing. `range_start` is inclusive, `range_end` exclusive; both None: everything.

    `preset` is what a schedule has in place of them: each of its exports has the range that it means then.
    In `Layout.takes` and `needs` the range is called `range`, the others by the names here.
    """

    preset: Preset | None = None
    range_start: dt.datetime | None = None
    range_end: dt.datetime | None = None
    link_ids: list[int] | None = None
    campaign_id: int | None = None
    creator_id: int | None = None
    message_ids: list[int] | None = None
    offer_id: int | None = None
    segment_id: int | None = None
    is_counted_only: bool = False
    has_byte_order_mark: bool = False

    @property
    def given(self) -> frozenset[str]:
        """The names of those that say something."""
        names = {name for name in self.__struct_fields__ if getattr(self, name) != _NOTHING[name]}
        return frozenset("range" if NAMES.get(name) == "range" else name for name in names)


_NOTHING: Final = {field.name: field.default for field in msgspec.structs.fields(ExportParameters)}


def read_parameters(stored: Parameters) -> ExportParameters:
    return msgspec.convert(dict(stored), ExportParameters)


def store_parameters(parameters: ExportParameters) -> dict[str, Any]:
    stored: dict[str, Any] = msgspec.to_builtins(parameters)
    return stored


def check_parameters(parameters: ExportParameters, layout: Layout) -> None:
    """Raises InvalidInputError with the name of the first parameter that this kind does not take, or lacks."""
    for name in sorted(parameters.given - layout.takes - _ABOUT_THE_FILE):
        allowed = ", ".join(sorted(NAMES.get(each, each) for each in layout.takes)) or "nothing"
        path = NAMES.get(name, name)
        raise InvalidInputError(f"{layout.kind.value} takes no {path}; it takes {allowed}", (path,))
    for name in sorted(layout.needs - parameters.given):
        path = NAMES.get(name, name)
        raise InvalidInputError(f"{layout.kind.value} needs {path}", (path,))


def resolve_range(parameters: ExportParameters, at: dt.datetime, zone: ZoneInfo) -> ExportParameters:
    """With the moments that the preset means then; LIFETIME has none."""
    if parameters.preset is None:
        return parameters
    if parameters.preset is Preset.LIFETIME:
        return msgspec.structs.replace(parameters, preset=None)
    resolved = resolve_preset(parameters.preset, at, zone)
    return msgspec.structs.replace(parameters, preset=None, range_start=resolved.start, range_end=resolved.end)
