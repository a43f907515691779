"""What a redirector keeps of a link: as little as it takes to answer and to write a click."""

from typing import Any, Final, TypeVar

import msgspec

from tracking.links.rules import CLICK_ID_PARAMETER, prepare_destination

_MAX_SHARED: Final = 8_192
_Value = TypeVar("_Value")
_JOINT_BYTES: Final = len(f"?{CLICK_ID_PARAMETER}=")


class AccountEntry(msgspec.Struct, frozen=True, gc=False):
    """The same object in all links of the account."""

    account_id: int
    timezone: str
    uses_visitor_cookie: bool


class Recipient(msgspec.Struct, frozen=True, gc=False):
    """Whom a link was sent to, and for which offer; the links of creators share the one that says nothing."""

    message_id: int | None
    slot: int | None
    contact_id: int | None
    offer_id: int | None
    sharer_id: int | None


class LinkEntry(msgspec.Struct, frozen=True, gc=False):
    """The address to send visitors to is `head`, `ending`, click id, `tail`."""

    link_id: int
    account: AccountEntry
    is_readable: bool
    is_archived: bool
    head: bytes
    ending: bytes
    tail: bytes
    campaign_id: int | None
    creator_id: int | None
    deliverable_id: int | None
    recipient: Recipient

    @property
    def plain_location(self) -> bytes:
        """The destination with the creator's parameter and without a click id."""
        return self.head + self.ending[:-_JOINT_BYTES] + self.tail


class EntryReader:
    """Makes entries that share what is equal in many: half the memory of a link would else be copies."""

    def __init__(self) -> None:
        self._shared: dict[Any, Any] = {}

    def read(self, row: Any) -> LinkEntry:
        """From a row of `tracking.links.queries.resolve`."""
        if len(self._shared) > _MAX_SHARED:
            self._shared.clear()
        head, ending, tail = prepare_destination(
            row["destination_url"], row["creator_parameter"], row["external_id"] or row["public_id"]
        )
        recipient = Recipient(row["message_id"], row["slot"], row["contact_id"], row["offer_id"], row["sharer_id"])
        return LinkEntry(
            link_id=row["link_id"],
            account=self._share(AccountEntry(row["account_id"], row["timezone"], row["uses_visitor_cookie"])),
            is_readable=row["is_readable"],
            is_archived=row["is_archived"],
            head=self._share(head),
            ending=self._share(ending),
            tail=self._share(tail),
            campaign_id=self._share(row["campaign_id"]),
            creator_id=self._share(row["creator_id"]),
            deliverable_id=self._share(row["deliverable_id"]),
            recipient=self._share(recipient),
        )

    def _share(self, value: _Value) -> _Value:
        shared: _Value = self._shared.setdefault(value, value)
        return shared
