"""Profiles by id."""

from api.context import Context
from api.creators.loaders import make_profile_by_id_loader
from api.ids import read_key
from api.nodes import register_node
from api.profiles.types import Profile


async def load_profile(context: Context, profile_id: int | None) -> Profile | None:
    row = await context.loader(make_profile_by_id_loader).load(profile_id) if profile_id else None
    return Profile.from_row(row) if row else None


async def find_profile(context: Context, key: str) -> Profile | None:
    return await load_profile(context, read_key(key))


register_node("Profile", find_profile)
