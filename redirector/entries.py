"""What a redirector keeps of a link: as little as it takes to answer and to write a click."""

import re
from typing import Any, Final

import msgspec

from tracking.links.rules import CLICK_ID_PARAMETER, prepare_destination

_PRINTABLE: Final = re.compile(rb"[\x21-\x7e]+")
_MAX_SHARED: Final = 50_000
_JOINT_BYTES: Final = len(f"?{CLICK_ID_PARAMETER}=")


class AccountEntry(msgspec.Struct, frozen=True, gc=False):
    """The same object in all links of the account."""

    account_id: int
    timezone: str
    uses_visitor_cookie: bool


class LinkEntry(msgspec.Struct, frozen=True, gc=False):
    """`before_click_id` ends where the click id goes; most destinations have nothing after it."""

    link_id: int
    account: AccountEntry
    is_readable: bool
    is_archived: bool
    is_printable: bool  # as every destination is that was stored by our own rules
    before_click_id: bytes
    after_click_id: bytes
    campaign_id: int | None
    creator_id: int | None
    deliverable_id: int | None
    message_id: int | None
    slot: int | None
    contact_id: int | None
    offer_id: int | None
    sharer_id: int | None

    @property
    def plain_location(self) -> bytes:
        """The destination with the creator's parameter and without a click id."""
        return self.before_click_id[:-_JOINT_BYTES] + self.after_click_id


class EntryReader:
    """Makes entries that share what is equal in many: half the memory of a link would else be copies of ids."""

    def __init__(self) -> None:
        self._shared: dict[Any, Any] = {}

    def read(self, row: Any) -> LinkEntry:
        """From a row of `tracking.links.queries.resolve`."""
        if len(self._shared) > _MAX_SHARED:
            self._shared.clear()
        share = self._shared.setdefault
        account = AccountEntry(row["account_id"], row["timezone"], row["uses_visitor_cookie"])
        value = row["external_id"] or row["public_id"]
        prepared = prepare_destination(row["destination_url"], row["creator_parameter"], value)
        return LinkEntry(
            link_id=row["link_id"],
            account=share(account, account),
            is_readable=row["is_readable"],
            is_archived=row["is_archived"],
            is_printable=_PRINTABLE.fullmatch(prepared.before_click_id + prepared.after_click_id) is not None,
            before_click_id=prepared.before_click_id,
            after_click_id=prepared.after_click_id,
            campaign_id=share(row["campaign_id"], row["campaign_id"]),
            creator_id=share(row["creator_id"], row["creator_id"]),
            deliverable_id=share(row["deliverable_id"], row["deliverable_id"]),
            message_id=share(row["message_id"], row["message_id"]),
            slot=row["slot"],
            contact_id=row["contact_id"],
            offer_id=share(row["offer_id"], row["offer_id"]),
            sharer_id=row["sharer_id"],
        )
