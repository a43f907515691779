"""Who stands in for everybody who is being forgotten, for events that lie outside of the database."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from tracking.clicks.event import ClickEvent
from tracking.clicks.visitors import name_contact
from tracking.conversions.event import ConversionEvent
from tracking.erasure.visitors import Forgotten


class StandIns(NamedTuple):
    contacts: Mapping[int, int]
    visitors: Forgotten

    def blank_click(self, click: ClickEvent) -> ClickEvent | None:
        """Without who clicked. None where it is nobody's of these."""
        stand_in_id = self.contacts.get(click.contact_id or 0)
        if stand_in_id is not None:
            return _blank(click, stand_in_id, name_contact(stand_in_id))
        nobody = self.visitors.rename(click.account_id, click.visitor_key, click.link_id)
        return None if nobody == click.visitor_key else _blank(click, click.contact_id, nobody)

    def blank_report(self, event: ConversionEvent) -> ConversionEvent | None:
        """Without our cookie's keys. None where it is nobody's of these."""
        blank = self.visitors.blank_report(event)
        return None if blank is event else blank


def _blank(click: ClickEvent, contact_id: int | None, visitor_key: bytes) -> ClickEvent:
    return msgspec.structs.replace(
        click, contact_id=contact_id, visitor_key=visitor_key, client_ip="", user_agent=b"", query=b""
    )
