"""What a creator may look like. Pure."""

import datetime as dt
import re
import secrets
from typing import Final, NamedTuple

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


def make_public_id() -> str:
    """Stands in destinations for a creator without a member id: tells nothing, and is the same for ever."""
    return "".join(secrets.choice(SLUG_ALPHABET) for _ in range(12))


def check_creator(creator: NewCreator) -> NewCreator:
    """The creator as it is stored. Raises InvalidInputError."""
    profiles = tuple(_check_profile(profile) for profile in creator.profiles)
    if len({(profile.platform, profile.handle) for profile in profiles}) != len(profiles):
        raise InvalidInputError("a creator has each profile once", ("profiles",))
    return NewCreator(
        handle=check_handle(creator.handle),
        name=check_text(creator.name, "name", max_chars=200, is_optional=True),
        external_id=None
        if creator.external_id is None
        else check_text(creator.external_id, "externalId", max_chars=200),
        profiles=profiles,
    )


def check_handle(handle: str) -> str:
    """A handle as platforms write it, without the @ that people put before it."""
    text = check_text(handle, "handle", max_chars=101).removeprefix("@")
    if not _HANDLE.fullmatch(text):
        raise InvalidInputError("a handle has 1 to 100 characters without blanks or '/'", ("handle",))
    return text


def _check_profile(profile: NewProfile) -> NewProfile:
    if (profile.followers is None) != (profile.followers_as_of is None):
        raise InvalidInputError("give followers and the day they were read together", ("profiles", "followersAsOf"))
    if profile.followers is not None and not 0 <= profile.followers <= MAX_FOLLOWERS:
        raise InvalidInputError(f"followers are 0 to {MAX_FOLLOWERS}", ("profiles", "followers"))
    if profile.url is not None and (len(profile.url) > 2048 or not _WEB_ADDRESS.fullmatch(profile.url)):
        raise InvalidInputError("a profile's url starts with http:// or https://", ("profiles", "url"))
    return profile._replace(handle=check_handle(profile.handle))
