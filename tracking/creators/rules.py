"""What a creator may look like. Pure."""

import datetime as dt
import re
import secrets
from typing import Any, Final, NamedTuple

from tracking.creators.models import Platform
from tracking.errors import InvalidInputError
from tracking.links.rules import SLUG_ALPHABET
from tracking.text import check_text

MAX_FOLLOWERS: Final = 10_000_000_000
_HANDLE = re.compile(r"[^\s@/][^\s/]{0,99}")
_WEB_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")


class NewProfile(NamedTuple):
    """A creator on a platform. A follower count always says on which day it was read (CU5)."""

    platform: Platform
    handle: str
    url: str | None = None
    followers: int | None = None
    followers_as_of: dt.date | None = None


class NewCreator(NamedTuple):
    handle: str
    name: str = ""
    external_id: str | None = None
    profiles: tuple[NewProfile, ...] = ()


class FollowerReading(NamedTuple):
    """How many followers a profile had on a day."""

    profile_id: int
    counted_on: dt.date
    followers: int


def make_public_id() -> str:
    """Stands in destinations for a creator without a member id: tells nothing, and is the same for ever."""
    return "".join(secrets.choice(SLUG_ALPHABET) for _ in range(12))


def check_creator(creator: NewCreator) -> NewCreator:
    """The creator as it is stored. Raises InvalidInputError."""
    profiles = tuple(_check_profile_at(place, profile) for place, profile in enumerate(creator.profiles))
    if len({(profile.platform, profile.handle) for profile in profiles}) != len(profiles):
        raise InvalidInputError("a creator has each profile once", ("profiles",))
    return NewCreator(
        handle=check_handle(creator.handle),
        name=check_name(creator.name),
        external_id=check_external_id(creator.external_id),
        profiles=profiles,
    )


def check_name(name: str) -> str:
    return check_text(name, "name", max_chars=200, is_optional=True)


def check_external_id(external_id: str | None) -> str | None:
    return None if external_id is None else check_text(external_id, "externalId", max_chars=200)


def check_handle(handle: str) -> str:
    """A handle as platforms write it, without the @ that people put before it."""
    text = check_text(handle, "handle", max_chars=101).removeprefix("@")
    if not _HANDLE.fullmatch(text):
        raise InvalidInputError("a handle has 1 to 100 characters without blanks or '/'", ("handle",))
    return text


def check_web_address(url: str, path: str = "url") -> str:
    """An address to look at; nobody is sent there, so that it need not be one that redirects may lead to."""
    if len(url) > 2048 or not _WEB_ADDRESS.fullmatch(url):
        raise InvalidInputError(f"{path} starts with http:// or https:// and has at most 2048 characters", (path,))
    return url


def check_profile_values(changes: dict[str, Any]) -> dict[str, Any]:
    """What is given of platform, handle and url, as it is stored."""
    checked = dict(changes)
    if "handle" in checked:
        checked["handle"] = check_handle(checked["handle"])
    if checked.get("url") is not None:
        checked["url"] = check_web_address(checked["url"])
    return checked


def check_followers(followers: int) -> int:
    if not 0 <= followers <= MAX_FOLLOWERS:
        raise InvalidInputError(f"followers are 0 to {MAX_FOLLOWERS}", ("followers",))
    return followers


def check_counted_on(day: dt.date, today: dt.date) -> dt.date:
    """`today` is the latest date anywhere on Earth: nobody has counted tomorrow's followers."""
    if not dt.date(2000, 1, 1) <= day <= today:
        raise InvalidInputError("followers were counted on a day from the year 2000 until today", ("countedOn",))
    return day


def _check_profile_at(place: int, profile: NewProfile) -> NewProfile:
    try:
        return _check_profile(profile)
    except InvalidInputError as error:
        raise error.under("profiles", str(place)) from None


def _check_profile(profile: NewProfile) -> NewProfile:
    if (profile.followers is None) != (profile.followers_as_of is None):
        raise InvalidInputError("give followers and the day they were read together", ("followersAsOf",))
    if profile.followers is not None:
        check_followers(profile.followers)
    if profile.url is not None:
        check_web_address(profile.url)
    return profile._replace(handle=check_handle(profile.handle))
