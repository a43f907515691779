"""What a row of the CREATORS kind says. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from tracking.creators.models import Platform
from tracking.creators.rules import MAX_FOLLOWERS, NewCreator, NewProfile, check_creator, check_handle
from tracking.errors import InvalidInputError
from tracking.imports.cells import Cells
from tracking.imports.rules import Problem, ProblemCode

_OF_PROFILE = ("platform", "profile_handle", "profile_url", "followers", "followers_as_of")


class CreatorRow(NamedTuple):
    """None stands for what the row does not say."""

    handle: str | None
    external_id: str | None
    name: str | None
    profile: NewProfile | None


def read_creator_row(values: Mapping[str, str]) -> CreatorRow | list[Problem]:
    cells = Cells(values)
    handle = cells.take("handle", check_handle)
    external_id = cells.take_text("external_id", 200)
    name = cells.take_text("name", 200)
    profile = _read_profile(cells, handle)
    return cells.problems or CreatorRow(handle, external_id, name, profile)


def _read_profile(cells: Cells, creator_handle: str | None) -> NewProfile | None:
    """A row has one profile; a creator with several has several rows."""
    if not any(cells.has(column) for column in _OF_PROFILE):
        return None
    platform = cells.take_choice("platform", Platform)
    handle = cells.take("profile_handle", check_handle) or creator_handle
    url = cells.take("profile_url", _check_url)
    followers = cells.take_count("followers", MAX_FOLLOWERS)
    day = cells.take_day("followers_as_of")
    if not cells.has("platform"):
        cells.refuse("platform", ProblemCode.REQUIRED, "a profile needs its platform")
    if handle is None and not cells.has("profile_handle"):
        cells.refuse("profile_handle", ProblemCode.REQUIRED, "a profile needs a handle")
    _pair(cells, "followers", "followers_as_of")
    _pair(cells, "followers_as_of", "followers")
    if platform is None or handle is None:
        return None
    return NewProfile(platform, handle, url, followers, day)


def _pair(cells: Cells, column: str, needed: str) -> None:
    if cells.has(column) and not cells.has(needed):
        cells.refuse(needed, ProblemCode.REQUIRED, f"give {column} and {needed} together")


def _check_url(url: str) -> str:
    try:
        check_creator(NewCreator("x", profiles=(NewProfile(Platform.OTHER, "x", url),)))
    except InvalidInputError as error:
        raise InvalidInputError(error.message) from None
    return url
