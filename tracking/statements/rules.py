"""The content of a statement: canonical JSON, its hash, and whether what it says adds up. Pure."""

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tracking.graph_ids import write_graph_id
from tracking.paging import Window
from tracking.reports.scopes import NO_KEY
from tracking.statements.figures import Figures, add_figures, read_figures, subtract_figures, write_figures

FORMAT: Final = 1  # of contents; a reader of the second must still read the first


class Line(NamedTuple):
    """Of one creator; `creator_id` is NO_KEY for what belongs to none.

    `to_date` is all that the statements of the campaign say by now: what the one before said, `adjustments` and
    `period`.
    """

    creator_id: int
    handle: str
    period: Figures
    adjustments: Figures
    to_date: Figures


class Content(NamedTuple):
    """What a statement says. `lines` are in the order of creators' ids."""

    campaign_id: int
    campaign_name: str
    number: int
    previous_sha256: bytes | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    timezone: str
    as_of: dt.datetime
    conversions_since: dt.datetime | None
    lines: Sequence[Line]

    @property
    def totals(self) -> Line:
        """Of all lines, as if of one creator."""
        return Line(
            NO_KEY,
            "",
            add_figures(line.period for line in self.lines),
            add_figures(line.adjustments for line in self.lines),
            add_figures(line.to_date for line in self.lines),
        )


def make_lines(
    said: Mapping[int, Figures],
    closed: Mapping[int, Figures],
    period: Mapping[int, Figures],
    handles: Mapping[int, str],
) -> list[Line]:
    """By creator: what statements said so far, what the same periods come to now, and the period that is closed now."""
    lines = []
    for creator_id in sorted({*said, *closed, *period}):
        before, now, own = (each.get(creator_id, {}) for each in (said, closed, period))
        line = Line(
            creator_id, handles.get(creator_id, ""), own, subtract_figures(now, before), add_figures([now, own])
        )
        if any(line[2:]):
            lines.append(line)
    return lines


def write_content(content: Content) -> str:
    """Canonical: sorted names, no blanks, so that the same facts are the same bytes (RFC 8785)."""
    totals = content.totals
    written = {
        "format": FORMAT,
        "campaign": {"id": write_graph_id("Campaign", content.campaign_id), "name": content.campaign_name},
        "number": content.number,
        "previousSha256": content.previous_sha256.hex() if content.previous_sha256 else None,
        "range": {"from": _write_time(content.starts_at), "to": _write_time(content.ends_at)},
        "timeZone": content.timezone,
        "asOf": _write_time(content.as_of),
        "conversionsSince": content.conversions_since and _write_time(content.conversions_since),
        "creators": [{"creator": _write_creator(line), **_write_line(line)} for line in content.lines],
        "totals": _write_line(totals),
    }
    return json.dumps(written, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_content(text: str) -> Content:
    """Raises ValueError, KeyError or TypeError for what `write_content` never writes."""
    written = json.loads(text)
    previous, since = written["previousSha256"], written["conversionsSince"]
    return Content(
        campaign_id=_read_key(written["campaign"]["id"]),
        campaign_name=written["campaign"]["name"],
        number=written["number"],
        previous_sha256=bytes.fromhex(previous) if previous else None,
        starts_at=_read_time(written["range"]["from"]),
        ends_at=_read_time(written["range"]["to"]),
        timezone=written["timeZone"],
        as_of=_read_time(written["asOf"]),
        conversions_since=_read_time(since) if since else None,
        lines=[_read_line(each) for each in written["creators"]],
    )


def hash_content(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def find_problems(text: str, sha256: bytes, previous: "tuple[str, bytes] | None") -> list[str]:
    """What is wrong with a statement, given the content and hash of the one before; empty when nothing is."""
    if hash_content(text) != sha256:
        return ["the content does not have this hash"]
    try:
        content, before = read_content(text), read_content(previous[0]) if previous else None
    except (ValueError, KeyError, TypeError):
        return ["the content cannot be read"]
    problems = []
    if content.previous_sha256 != (previous[1] if previous else None):
        problems.append("the content names another hash of the statement before")
    if before and (before.number + 1 != content.number or before.ends_at != content.starts_at):
        problems.append("it does not follow the statement before")
    if write_content(content) != text:
        problems.append("the totals are not those of the creators")
    said = {line.creator_id: line.to_date for line in before.lines} if before else {}
    problems.extend(
        f"the figures of {line.handle or 'no creator'} do not add up"
        for line in content.lines
        if add_figures([said.pop(line.creator_id, {}), line.adjustments, line.period]) != line.to_date
    )
    if any(said.values()):
        problems.append("creators of the statement before are missing")
    return problems


def list_window(lines: Sequence[Line], window: Window) -> list[Line]:
    """A page of lines, whose sort key is the creator's id."""
    ordered = sorted(lines, key=lambda line: line.creator_id, reverse=window.is_backward)
    if window.bound is not None:
        [bound] = window.bound
        ordered = [
            line for line in ordered if (line.creator_id < bound if window.is_backward else line.creator_id > bound)
        ]
    return ordered[: window.limit]


def _write_line(line: Line) -> dict[str, Any]:
    return {
        "period": write_figures(line.period),
        "adjustments": write_figures(line.adjustments),
        "toDate": write_figures(line.to_date),
    }


def _write_creator(line: Line) -> dict[str, Any] | None:
    if line.creator_id == NO_KEY:
        return None
    return {"id": write_graph_id("Creator", line.creator_id), "handle": line.handle}


def _read_line(written: Mapping[str, Any]) -> Line:
    creator = written["creator"]
    figures = (read_figures(written[name]) for name in ("period", "adjustments", "toDate"))
    return Line(_read_key(creator["id"]) if creator else NO_KEY, creator["handle"] if creator else "", *figures)


def _read_key(graph_id: str) -> int:
    text = base64.urlsafe_b64decode(graph_id + "=" * (-len(graph_id) % 4)).decode()
    return int(text.partition(":")[2])


def _write_time(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _read_time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
