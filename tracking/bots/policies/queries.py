"""Which policy holds for a click: read once for a batch, found in memory for each of its clicks."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import asyncpg

from tracking.bots.policies.rules import DEFAULT_POLICY, Layer, Policy, PolicyScope, decode_overrides, merge

# Of each scope what came later than `since`, and what held then. By a window, as a version knows no other.
_READ: Final = """
    SELECT account_id, campaign_id, link_id, overrides, effective_at FROM (
        SELECT *, lead(effective_at) OVER (PARTITION BY account_id, campaign_id ORDER BY effective_at) AS replaced_at
        FROM bot_policy_version WHERE account_id = ANY ($1) AND link_id IS NULL
        UNION ALL
        SELECT *, lead(effective_at) OVER (PARTITION BY link_id ORDER BY effective_at) AS replaced_at
        FROM bot_policy_version WHERE account_id = ANY ($1) AND link_id = ANY ($2)
    ) AS version
    WHERE replaced_at IS NULL OR replaced_at > $3
    ORDER BY effective_at
"""
_READ_NEWEST: Final = """
    (
        SELECT DISTINCT ON (campaign_id) campaign_id, link_id, overrides, effective_at FROM bot_policy_version
        WHERE account_id = $1 AND link_id IS NULL AND (campaign_id IS NULL OR campaign_id = ANY ($2))
        ORDER BY campaign_id, effective_at DESC
    )
    UNION ALL
    (
        SELECT DISTINCT ON (link_id) campaign_id, link_id, overrides, effective_at FROM bot_policy_version
        WHERE account_id = $1 AND link_id = ANY ($3) ORDER BY link_id, effective_at DESC
    )
"""
LONG_AGO: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

_ScopeKey = tuple[int, int | None, int | None]  # account, campaign, link: an account's own has neither


class _Version(NamedTuple):
    effective_at: dt.datetime
    overrides: str


class Policies:
    """The versions of some accounts that can matter for a batch. Most accounts have none."""

    def __init__(self, by_scope: Mapping[_ScopeKey, Sequence[_Version]]) -> None:
        self._by_scope = by_scope
        self._account_ids = {account_id for account_id, _, _ in by_scope}

    @property
    def is_empty(self) -> bool:
        return not self._by_scope

    def find(self, account_id: int, campaign_id: int | None, link_id: int, at: dt.datetime) -> Policy:
        """What held for a click of this link at that moment: the link's over its campaign's over its account's."""
        if account_id not in self._account_ids:
            return DEFAULT_POLICY
        in_force = [self._find_last((account_id, None, None), at), self._find_last((account_id, None, link_id), at)]
        if campaign_id is not None:
            in_force.insert(1, self._find_last((account_id, campaign_id, None), at))
        return _settle(tuple(overrides for overrides in in_force if overrides is not None))

    def _find_last(self, scope: _ScopeKey, at: dt.datetime) -> str | None:
        for version in reversed(self._by_scope.get(scope, ())):
            if version.effective_at <= at:
                return version.overrides
        return None


@lru_cache(maxsize=1_000)
def _settle(overrides: tuple[str, ...]) -> Policy:
    """From one batch to the next the same policy is the same object, which is what compares fast."""
    return merge(map(decode_overrides, overrides))


NO_POLICIES: Final = Policies({})


async def read_policies(
    connection: asyncpg.Pool | asyncpg.Connection,
    account_ids: Collection[int],
    link_ids: Collection[int],
    *,
    since: dt.datetime = LONG_AGO,
) -> Policies:
    """For clicks of these links that are not older than `since`."""
    if not account_ids:
        return NO_POLICIES
    by_scope: dict[_ScopeKey, list[_Version]] = {}
    for account_id, campaign_id, link_id, overrides, effective_at in await connection.fetch(
        _READ, list(account_ids), list(link_ids), since
    ):
        by_scope.setdefault((account_id, campaign_id, link_id), []).append(_Version(effective_at, overrides))
    return Policies(by_scope)


class PolicyTarget(NamedTuple):
    """A link and the campaign that it is in, a campaign, or, with neither, the account."""

    campaign_id: int | None = None
    link_id: int | None = None


async def read_layers(pool: asyncpg.Pool, account_id: int, targets: Iterable[PolicyTarget]) -> list[list[Layer]]:
    """For each target what was set last, from the widest scope to its own; also what takes effect in a moment."""
    wanted = list(targets)
    campaign_ids = {each.campaign_id for each in wanted} - {None}
    link_ids = {each.link_id for each in wanted} - {None}
    rows = await pool.fetch(_READ_NEWEST, account_id, list(campaign_ids), list(link_ids))
    found = {(row["campaign_id"], row["link_id"]): row for row in rows}
    return [
        [
            Layer(scope, decode_overrides(found[key]["overrides"]), found[key]["effective_at"])
            for scope, key in _list_scopes(target)
            if key in found
        ]
        for target in wanted
    ]


def _list_scopes(target: PolicyTarget) -> Iterable[tuple[PolicyScope, tuple[int | None, int | None]]]:
    yield PolicyScope.ACCOUNT, (None, None)
    if target.campaign_id is not None:
        yield PolicyScope.CAMPAIGN, (target.campaign_id, None)
    if target.link_id is not None:
        yield PolicyScope.LINK, (None, target.link_id)
