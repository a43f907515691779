"""The statements of the audit about conversions. Written apart from what posts their counts, and with the same
parameters as those about clicks. Conversions are kept for ever, so all of them are counted again; impressions are not,
so theirs are only added up.
"""

from typing import Final

from tracking.conversions.kinds import CORRECTIONS, ConversionKind, Status
from tracking.reports.audit_comparing import GIVEN, IN_SCOPES, LIMIT, TOTAL_AT, Compared, Layer
from tracking.reports.outcomes import NO_CURRENCY, OUTCOMES, Dating
from tracking.reports.scopes import Grain, Scope

OUTCOME_ROLLUP: Final = Compared("outcome_rollup", OUTCOMES, kinds=("dating", "currency"))
OF_FACTS: Final = OUTCOME_ROLLUP._replace(counters=OUTCOMES[:-1])  # all but impressions
_PLACE: Final = ", ".join(OF_FACTS.place)
_NAMES: Final = ", ".join(OF_FACTS.counters)
_CORRECTIONS: Final = ", ".join(str(kind.value) for kind in sorted(CORRECTIONS))

# A conversion counts in the currency of its value; its payout may be in another one.
_WORTH: Final = f"""
    SELECT campaign_id, creator_id, message_id, slot, offer_id, sharer_id, contact_id, occurred_at, clicked_at,
        CASE WHEN contact_id IS NULL THEN link_id END AS link_id,
        CASE WHEN value_minor IS NULL THEN '{NO_CURRENCY}' ELSE value_currency END AS currency,
        is_counted::int AS conversions,
        (is_counted AND click_id IS NOT NULL)::int AS credited_conversions,
        CASE WHEN kind IN ({_CORRECTIONS}) THEN 0 ELSE coalesce(value_minor, 0) END AS gross_minor,
        CASE WHEN kind IN ({ConversionKind.REFUND}, {ConversionKind.CHARGEBACK}) THEN -coalesce(value_minor, 0) ELSE 0
        END AS refunds_minor,
        0 AS payout_minor
    FROM conversion WHERE account_id = $1 AND status = {Status.APPROVED}
    UNION ALL
    SELECT campaign_id, creator_id, message_id, slot, offer_id, sharer_id, contact_id, occurred_at, clicked_at,
        CASE WHEN contact_id IS NULL THEN link_id END, payout_currency, 0, 0, 0, 0, payout_minor
    FROM conversion WHERE account_id = $1 AND status = {Status.APPROVED} AND payout_minor IS NOT NULL
"""
_DATED: Final = f"""
    CROSS JOIN LATERAL (VALUES
        ({Dating.CONVERSION_TIME}, occurred_at), ({Dating.CLICK_TIME}, coalesce(clicked_at, occurred_at))
    ) AS dated (dating, at)
"""
HOURS: Final = Layer(
    f"""
        SELECT scope, first_key, second_key, {Grain.HOUR} AS grain,
            ($2::timestamptz[])[width_bucket(dated.at, $2::timestamptz[])] AS bucket, dating, currency, {_NAMES}
        FROM ({_WORTH}) AS worth {IN_SCOPES} {_DATED} WHERE dated.at >= $6 AND dated.at < $7
    """,
    f"""
        SELECT {_PLACE}, {_NAMES} FROM outcome_rollup
        WHERE account_id = $1 AND grain = {Grain.HOUR} AND bucket >= $6 AND bucket < $7
        UNION ALL
        SELECT scope, first_key, second_key, {Grain.HOUR}, hour_at, dating, currency, {_NAMES}
        FROM (SELECT * FROM outcome_delta WHERE account_id = $1) AS waiting {IN_SCOPES}
        WHERE hour_at >= $6 AND hour_at < $7
    """,
)
CONTACTS: Final = Layer(
    f"""
        SELECT {Scope.CONTACT} AS scope, contact_id AS first_key, 0::bigint AS second_key, {Grain.TOTAL} AS grain,
            {TOTAL_AT} AS bucket, dating, currency, {_NAMES}
        FROM ({_WORTH}) AS worth {_DATED} WHERE contact_id IS NOT NULL
    """,
    f"""
        SELECT {_PLACE}, {_NAMES} FROM outcome_rollup WHERE account_id = $1 AND scope = {Scope.CONTACT}
        UNION ALL
        SELECT {Scope.CONTACT}, contact_id, 0, {Grain.TOTAL}, {TOTAL_AT}, dating, currency, {_NAMES}
        FROM outcome_delta WHERE account_id = $1 AND contact_id IS NOT NULL
    """,
)

# What stands of a conversion; whoever changes it adds an entry that says the same.
_STANDING: Final = (
    "entry",
    "trust",
    "status",
    "reason",
    "method",
    "occurred_at",
    "click_id",
    "clicked_at",
    "link_id",
    "campaign_id",
    "creator_id",
    "message_id",
    "slot",
    "contact_id",
    "offer_id",
    "sharer_id",
    "value_minor",
    "value_currency",
    "payout_minor",
    "payout_currency",
    "is_counted",
)
_OF_LAST: Final = f"ROW({', '.join(f'last.{column}' for column in _STANDING)})"
_OF_CONVERSION: Final = f"ROW({', '.join(f'conversion.{column}' for column in _STANDING)})"
_ENTRIES: Final = f"""
    {GIVEN}
    SELECT format('conversion %s', conversion.id), {_OF_LAST}::text, {_OF_CONVERSION}::text
    FROM conversion
    LEFT JOIN LATERAL (
        SELECT * FROM conversion_entry WHERE conversion_id = conversion.id ORDER BY entry DESC LIMIT 1
    ) AS last ON true
    WHERE conversion.account_id = $1 AND {_OF_LAST} IS DISTINCT FROM {_OF_CONVERSION}
    LIMIT {LIMIT}
"""
_GIVEN_BACK: Final = f"""
    {GIVEN}
    SELECT format('order %s, %s', order_key, value_currency), 'at least 0 in all', sum(value_minor)::text
    FROM conversion WHERE account_id = $1 AND status = {Status.APPROVED} AND value_minor IS NOT NULL
    GROUP BY order_key, value_currency HAVING sum(value_minor) < 0
    LIMIT {LIMIT}
"""

CHECKS: Final[dict[str, str]] = {
    "conversions are as their last entry says": _ENTRIES,
    "no order gave back more than it brought": _GIVEN_BACK,
    "hours of outcomes = conversions": OF_FACTS.compare(HOURS),
    "days of outcomes = hours": OUTCOME_ROLLUP.compare(OUTCOME_ROLLUP.days()),
    "totals of outcomes = days": OUTCOME_ROLLUP.compare(OUTCOME_ROLLUP.totals()),
    "totals of outcomes of contacts = conversions": OF_FACTS.compare(CONTACTS),
    **{f"outcomes: {name}": statement for name, statement in OUTCOME_ROLLUP.compare_scopes().items()},
}
