"""Which policy holds for a click: read once for a batch, found in memory for each of its clicks."""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

import asyncpg
import msgspec

from tracking.bots.policies.rules import DEFAULT_POLICY, Overrides, Policy, PolicyVersion, merge

_READ: Final = """
    SELECT account_id, campaign_id, link_id, overrides, effective_at FROM bot_policy_version
    WHERE account_id = ANY ($1) ORDER BY account_id, effective_at, id
"""
_decoder: Final = msgspec.json.Decoder(Overrides)


class Policies:
    """All versions of some accounts. Those of one account are few; most have none."""

    def __init__(self, by_account: dict[int, list[PolicyVersion]]) -> None:
        self._by_account = by_account
        self._settled: dict[tuple[int, tuple[int, ...]], Policy] = {}

    @cached_property
    def is_empty(self) -> bool:
        return not self._by_account

    def find(self, account_id: int, campaign_id: int | None, link_id: int, at: dt.datetime) -> Policy:
        """What held for a click of this link at that moment: the link's over its campaign's over its account's."""
        versions = self._by_account.get(account_id)
        if versions is None:
            return DEFAULT_POLICY
        in_force = (
            _find_last(versions, at, None, None),
            -1 if campaign_id is None else _find_last(versions, at, campaign_id, None),
            _find_last(versions, at, None, link_id),
        )
        key = (account_id, in_force)
        policy = self._settled.get(key)
        if policy is None:
            policy = self._settled[key] = merge(versions[place].overrides for place in in_force if place >= 0)
        return policy


def _find_last(versions: Sequence[PolicyVersion], at: dt.datetime, campaign_id: int | None, link_id: int | None) -> int:
    for place in range(len(versions) - 1, -1, -1):
        version = versions[place]
        if version.effective_at <= at and (version.campaign_id, version.link_id) == (campaign_id, link_id):
            return place
    return -1


NO_POLICIES: Final = Policies({})


async def read_policies(connection: asyncpg.Pool | asyncpg.Connection, account_ids: Iterable[int]) -> Policies:
    by_account: dict[int, list[PolicyVersion]] = {}
    for row in await connection.fetch(_READ, list(account_ids)):
        version = PolicyVersion(
            row["effective_at"], row["campaign_id"], row["link_id"], _decoder.decode(row["overrides"])
        )
        by_account.setdefault(row["account_id"], []).append(version)
    return Policies(by_account)
