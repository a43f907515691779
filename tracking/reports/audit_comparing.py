"""Comparisons of the audit: sums at every place of a rollup, where they differ. For clicks and outcomes alike."""

from typing import Final, NamedTuple

from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.scopes import Grain, Scope

LIMIT: Final = 20

GIVEN: Final = (
    "WITH given AS (SELECT $1::bigint, $2::timestamptz[], $3::timestamptz[], $4::timestamptz, $5::uuid,"
    " $6::timestamptz, $7::timestamptz, $8::uuid, $9::uuid)"
)
IN_RANGE: Final = "bucket >= $6 AND bucket < $7"
_DAY_OF_HOUR: Final = "($3::timestamptz[])[width_bucket(bucket, $2::timestamptz[])]"
TOTAL_AT: Final = f"'{TOTAL_BUCKET.isoformat()}'::timestamptz"

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


class Layer(NamedTuple):
    """Two statements that answer with rows of one rollup, the first with what the layer below says of the second's.
    Something is wrong where expected stands in the relation `wrong_if` to found.
    """

    expected: str
    found: str
    wrong_if: str = "<>"


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

    def compare(self, layer: Layer) -> str:
        """What differs, up to a limit, in words."""
        return f"""
            {GIVEN}, differing AS ({self._differ(layer)})
            SELECT {self._describe()} FROM differing ORDER BY {", ".join(self.place)} LIMIT {LIMIT}
        """

    def list_differing(self, layer: Layer) -> str:
        """All that differs, in words."""
        return f"""
            {GIVEN}, differing AS ({self._differ(layer)})
            SELECT {self._describe()} FROM differing ORDER BY {", ".join(self.place)}
        """

    def repair(self, layer: Layer) -> str:
        """Adds what is missing at every place that differs, and answers in the same words what it found there."""
        columns = ", ".join(("account_id", *self.place, *self.counters))
        missing = ", ".join(f"expected_{counter} - found_{counter}" for counter in self.counters)
        changes = ", ".join(f"{counter} = {self.rollup}.{counter} + excluded.{counter}" for counter in self.counters)
        return f"""
            {GIVEN}, differing AS MATERIALIZED ({self._differ(layer)}),
            repaired AS (
                INSERT INTO {self.rollup} ({columns}) SELECT $1, {", ".join(self.place)}, {missing} FROM differing
                ON CONFLICT (account_id, {", ".join(self.place)}) DO UPDATE SET {changes}
            )
            SELECT {self._describe()} FROM differing ORDER BY {", ".join(self.place)}
        """

    def _describe(self) -> str:
        """The columns of a difference: where, what it should be, and what it is."""
        named = ", ".join(["scope %s, keys %s %s, grain %s, %s", *(f"{kind} %s" for kind in self.kinds)])
        expected, found = (
            ", ".join(f"{side}_{counter}" for counter in self.counters) for side in ("expected", "found")
        )
        return f"format('{named}', {', '.join(self.place)}), ARRAY[{expected}]::text, ARRAY[{found}]::text"

    def _differ(self, layer: Layer) -> str:
        """A row that is missing is a row of zeros."""
        place = ", ".join(self.place)
        sums = ", ".join(f"sum({counter}) AS {counter}" for counter in self.counters)
        both = ", ".join(
            f"coalesce({side}.{counter}, 0) AS {side}_{counter}"
            for side in ("expected", "found")
            for counter in self.counters
        )
        is_wrong = " OR ".join(
            f"coalesce(expected.{counter}, 0) {layer.wrong_if} coalesce(found.{counter}, 0)"
            for counter in self.counters
        )
        return f"""
            SELECT {place}, {both}
            FROM (SELECT {place}, {sums} FROM ({layer.expected}) AS rows GROUP BY {place}) AS expected
            FULL JOIN (SELECT {place}, {sums} FROM ({layer.found}) AS rows GROUP BY {place}) AS found USING ({place})
            WHERE {is_wrong}
        """

    def days(self, condition: str = IN_RANGE) -> Layer:
        """Days, against their hours."""
        return Layer(
            self.read_rollup(f"grain = {Grain.HOUR} AND {condition}", grain=str(Grain.DAY.value), bucket=_DAY_OF_HOUR),
            self.read_rollup(f"grain = {Grain.DAY} AND {condition}"),
        )

    def totals(self) -> Layer:
        """Totals, against all days; but for contacts, who have no days."""
        return Layer(
            self.read_rollup(f"grain = {Grain.DAY}", grain=str(Grain.TOTAL.value), bucket=TOTAL_AT),
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
        condition = f"(grain = {Grain.TOTAL} OR {IN_RANGE})"
        return self.compare(
            Layer(
                self.read_rollup(f"scope = {parent} AND {condition}"),
                self.read_rollup(
                    f"scope = {child} AND {condition}", scope=str(parent.value), first_key=first_key, second_key="0"
                ),
            )
        )
