"""Comparisons of the audit: sums at every place of a rollup, where they differ. For clicks and outcomes alike."""

from typing import Final, NamedTuple

from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.scopes import Grain, Scope

LIMIT: Final = 20

GIVEN: Final = "WITH given AS (SELECT $1::bigint, $2::timestamptz[], $3::timestamptz[], $4::timestamptz, $5::uuid)"
_DAY_OF_HOUR: Final = "($3::timestamptz[])[width_bucket(bucket, $2::timestamptz[])]"
_TOTAL: Final = f"'{TOTAL_BUCKET.isoformat()}'::timestamptz"

# Rows with labels, in every scope that they belong to; but for contacts, who have totals only. What has no campaign,
# creator or link stands under 0; what is of no message, offer, creative or sharer stands nowhere there.
IN_SCOPES: Final = f"""
    LEFT JOIN (SELECT id AS message_id, creative_id FROM message WHERE account_id = $1) AS sent USING (message_id)
    CROSS JOIN LATERAL (
        VALUES
            ({Scope.ACCOUNT}, 0::bigint, 0::bigint),
            ({Scope.CAMPAIGN}, coalesce(campaign_id, 0), 0),
            ({Scope.CREATOR}, coalesce(creator_id, 0), 0),
            ({Scope.CAMPAIGN_CREATOR}, coalesce(campaign_id, 0), coalesce(creator_id, 0)),
            ({Scope.LINK}, coalesce(link_id, 0), 0)
        UNION ALL SELECT scope, owner, coalesce(part, 0) FROM (VALUES
            ({Scope.MESSAGE}, message_id, 0::bigint),
            ({Scope.MESSAGE_SLOT}, message_id, slot),
            ({Scope.MESSAGE_SHARER}, message_id, sharer_id),
            ({Scope.CREATIVE}, creative_id, 0),
            ({Scope.SHARER}, sharer_id, 0),
            ({Scope.OFFER}, offer_id, 0),
            ({Scope.OFFER_CREATOR}, offer_id, creator_id)
        ) AS owned (scope, owner, part) WHERE owner IS NOT NULL
    ) AS place (scope, first_key, second_key)
"""


class Compared(NamedTuple):
    """A rollup: what tells its rows apart beside scope, keys, grain and bucket, and what is summed."""

    rollup: str
    counters: tuple[str, ...]
    kinds: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, ...]:
        return ("scope", "first_key", "second_key", "grain", "bucket", *self.kinds)

    def read_rollup(self, condition: str, **columns: str) -> str:
        """Rows of it, with some columns of their place replaced."""
        place = [f"{columns.get(name, name)} AS {name}" for name in self.place]
        names = ", ".join((*place, *self.counters))
        return f"SELECT {names} FROM {self.rollup} WHERE account_id = $1 AND {condition}"

    def compare(self, expected: str, found: str) -> str:
        """A row that is missing is a row of zeros."""
        place = ", ".join(self.place)
        named = ", ".join(["scope %s, keys %s %s, grain %s, %s", *(f"{kind} %s" for kind in self.kinds)])
        sums = ", ".join(f"sum({counter}) AS {counter}" for counter in self.counters)
        expected_sums = ", ".join(f"coalesce(expected.{counter}, 0)" for counter in self.counters)
        found_sums = ", ".join(f"coalesce(found.{counter}, 0)" for counter in self.counters)
        return f"""
            {GIVEN}
            SELECT format('{named}', {place}), ARRAY[{expected_sums}]::text, ARRAY[{found_sums}]::text
            FROM (SELECT {place}, {sums} FROM ({expected}) AS rows GROUP BY {place}) AS expected
            FULL JOIN (SELECT {place}, {sums} FROM ({found}) AS rows GROUP BY {place}) AS found USING ({place})
            WHERE ROW({expected_sums}) IS DISTINCT FROM ROW({found_sums})
            ORDER BY {place} LIMIT {LIMIT}
        """

    def compare_days(self) -> str:
        return self.compare(
            self.read_rollup(f"grain = {Grain.HOUR}", grain=str(Grain.DAY.value), bucket=_DAY_OF_HOUR),
            self.read_rollup(f"grain = {Grain.DAY}"),
        )

    def compare_totals(self) -> str:
        return self.compare(
            self.read_rollup(f"grain = {Grain.DAY}", grain=str(Grain.TOTAL.value), bucket=_TOTAL),
            self.read_rollup(f"grain = {Grain.TOTAL} AND scope <> {Scope.CONTACT}"),
        )

    def compare_scopes(self) -> dict[str, str]:
        """By name: every scope against the children that it is the sum of."""
        with_account = {
            "campaigns = account": Scope.CAMPAIGN,
            "creators = account": Scope.CREATOR,
            "links = account": Scope.LINK,
        }
        return {
            **{name: self._compare_scope(Scope.ACCOUNT, child, first_key="0") for name, child in with_account.items()},
            "slots of a message = message": self._compare_scope(Scope.MESSAGE, Scope.MESSAGE_SLOT),
            "sharers of a message = message": self._compare_scope(Scope.MESSAGE, Scope.MESSAGE_SHARER),
            "creators of a campaign = campaign": self._compare_scope(Scope.CAMPAIGN, Scope.CAMPAIGN_CREATOR),
            "creators of an offer = offer": self._compare_scope(Scope.OFFER, Scope.OFFER_CREATOR),
            "campaigns of a creator = creator": self._compare_scope(
                Scope.CREATOR, Scope.CAMPAIGN_CREATOR, first_key="second_key"
            ),
        }

    def _compare_scope(self, parent: Scope, child: Scope, first_key: str = "first_key") -> str:
        """The rows of a scope against those of its children, brought to the parent's place."""
        return self.compare(
            self.read_rollup(f"scope = {parent}"),
            self.read_rollup(f"scope = {child}", scope=str(parent.value), first_key=first_key, second_key="0"),
        )
