"""What the audit asks of the rollup of traits (rule 12). Written apart from counting: a shared mistake would prove
itself right. The parameters are those of `tracking.reports.audit_checks`; what still waits is no difference.
"""

from typing import Final

from tracking.dimensions.kinds import Trait
from tracking.events.outbox import CLICK_KINDS
from tracking.reports.audit_comparing import GIVEN, LIMIT
from tracking.reports.scopes import COUNTERS, Grain, Scope

_NAMES: Final = ", ".join(COUNTERS)
_SUMS: Final = ", ".join(f"sum({counter}) AS {counter}" for counter in COUNTERS)
_PLACE: Final = "scope, first_key, second_key, day_at, dimension, value"
_KINDS: Final = ", ".join(str(kind.value) for kind in CLICK_KINDS)
_DAY_OF_CLICK: Final = "($3::timestamptz[])[width_bucket(occurred_at, $2::timestamptz[])]"

_WAITING: Final = f"""
    SELECT ids FROM event_log, dimension_state
    WHERE account_id = $1 AND event_log.position > dimension_state.position AND kind IN ({_KINDS})
    UNION ALL SELECT ids FROM event_outbox WHERE account_id = $1 AND kind IN ({_KINDS})
"""

# Every remembered click that is still stored, as what it is remembered.
_REMEMBERED: Final = f"""
    SELECT click.*, {_DAY_OF_CLICK} AS day_at, device, browser, os, in_app_browser,
        ('{{human,suspect,bot,preview,prefetch,test}}'::text[])[known.counted_as % 8 + 1] AS column_name,
        known.counted_as / 8 % 2 = 1 AS counts, known.counted_as / 16 % 2 = 1 AS is_unique
    FROM dimension_click AS known JOIN click ON click.id = known.click_id
    LEFT JOIN user_agent ON user_agent.id = known.user_agent_id
    WHERE click.account_id = $1 AND click.id >= greatest($5, $8) AND click.id < $9
"""
_SCOPES: Final = f"""(VALUES
    ({Scope.ACCOUNT}, 0::bigint, 0::bigint),
    ({Scope.CAMPAIGN}, campaign_id, 0),
    ({Scope.CREATOR}, creator_id, 0),
    ({Scope.CAMPAIGN_CREATOR}, campaign_id, creator_id),
    ({Scope.LINK}, CASE WHEN contact_id IS NULL THEN link_id END, 0),
    ({Scope.MESSAGE}, message_id, 0),
    ({Scope.OFFER}, offer_id, 0)
) AS place (scope, first_key, second_key)"""
_TRAITS: Final = f"""(VALUES
    ({Trait.EVERYTHING}, ''),
    ({Trait.DEVICE}, device),
    ({Trait.BROWSER}, browser),
    ({Trait.OS}, os),
    ({Trait.IN_APP_BROWSER}, in_app_browser),
    ({Trait.REFERRER}, referrer_host),
    ({Trait.COUNTRY}, country),
    ({Trait.UNIQUE_METHOD}, ('{{NONE,HASH,COOKIE,CONTACT}}'::text[])[visitor_method + 1]),
    ({Trait.PLACEMENT}, placement)
) AS trait (dimension, told)"""
_EXPECTED: Final = f"""
    SELECT scope, first_key, second_key, remembered.day_at, trait.dimension,
        CASE WHEN trait.dimension = 0 OR known.value IS NOT NULL THEN left(told, 255) ELSE '(other)' END AS value,
        (column_name = 'human')::int AS human_clicks, (column_name = 'suspect')::int AS suspect_clicks,
        (column_name = 'bot')::int AS bot_clicks, (column_name = 'preview')::int AS preview_fetches,
        (column_name = 'prefetch')::int AS prefetches, (column_name = 'test')::int AS test_clicks,
        counts::int AS counted_clicks, is_unique::int AS unique_clicks,
        (is_unique AND visitor_method = 3)::int AS unique_by_contact,
        (is_unique AND visitor_method = 2)::int AS unique_by_cookie,
        (is_unique AND visitor_method = 1)::int AS unique_by_hash
    FROM ({_REMEMBERED}) AS remembered CROSS JOIN LATERAL {_SCOPES} CROSS JOIN LATERAL {_TRAITS}
    LEFT JOIN (
        SELECT day_at, dimension, value FROM dimension_rollup
        WHERE account_id = $1 AND first_key = 0 AND second_key = 0 AND scope = {Scope.ACCOUNT}
    ) AS known ON known.day_at = remembered.day_at AND known.dimension = trait.dimension
        AND known.value = left(told, 255)
    WHERE first_key IS NOT NULL AND second_key IS NOT NULL AND remembered.day_at >= $4
        AND told IS NOT NULL AND told <> '(none)' AND (told <> '' OR trait.dimension = 0)
"""


def _compare(place: str, expected: str, found: str, condition: str = "true") -> str:
    """A row that is missing is a row of zeros."""
    named = " ".join("%s" for _ in place.split(", "))
    sums = {side: ", ".join(f"coalesce({side}.{counter}, 0)" for counter in COUNTERS) for side in ("expected", "found")}
    return f"""
        {GIVEN}
        SELECT format('{place}: {named}', {place}), ARRAY[{sums["expected"]}]::text, ARRAY[{sums["found"]}]::text
        FROM (SELECT {place}, {_SUMS} FROM ({expected}) AS rows GROUP BY {place}) AS expected
        FULL JOIN (SELECT {place}, {_SUMS} FROM ({found}) AS rows GROUP BY {place}) AS found USING ({place})
        WHERE ROW({sums["expected"]}) IS DISTINCT FROM ROW({sums["found"]}) AND {condition}
        ORDER BY {place} LIMIT {LIMIT}
    """


_ROLLUP: Final = "FROM dimension_rollup WHERE account_id = $1 AND day_at >= $6 AND day_at < $7"
_FACTS: Final = _compare(_PLACE, _EXPECTED, f"SELECT {_PLACE}, {_NAMES} {_ROLLUP} AND day_at >= $4")

_DAY_PLACE: Final = "scope, first_key, second_key, day_at"
_DAY_SCOPES: Final = (
    f"scope IN ({Scope.ACCOUNT}, {Scope.CAMPAIGN}, {Scope.CREATOR}, {Scope.CAMPAIGN_CREATOR}, {Scope.LINK},"
    f" {Scope.MESSAGE}, {Scope.OFFER}) AND (scope = {Scope.ACCOUNT} OR first_key <> 0)"
    f" AND (scope <> {Scope.CAMPAIGN_CREATOR} OR second_key <> 0)"
)
_STILL_FOLDED: Final = f"""
    SELECT scope, first_key, second_key, day_at, {_NAMES}
    FROM rollup_delta CROSS JOIN LATERAL {_SCOPES}
    WHERE account_id = $1 AND day_at >= $6 AND day_at < $7
"""
_DAYS: Final = _compare(
    _DAY_PLACE,
    f"""
    SELECT scope, first_key, second_key, bucket AS day_at, {_NAMES} FROM rollup
    WHERE account_id = $1 AND grain = {Grain.DAY} AND bucket >= $6 AND bucket < $7 AND {_DAY_SCOPES}
    UNION ALL SELECT * FROM ({_STILL_FOLDED}) AS waiting WHERE {_DAY_SCOPES}
    """,
    f"SELECT {_DAY_PLACE}, {_NAMES} {_ROLLUP} AND dimension = {Trait.EVERYTHING}",
    condition=f"NOT EXISTS ({_WAITING})",
)

_TOO_MANY: Final = " OR ".join(f"of_trait.{counter} > coalesce(whole.{counter}, 0)" for counter in COUNTERS)
_WITHIN: Final = f"""
    {GIVEN}
    SELECT format('scope %s, keys %s %s, dimension %s, %s', scope, first_key, second_key, dimension, day_at),
        format('at most %s clicks, %s of them unique', whole.counted_clicks, whole.unique_clicks),
        format('%s, %s', of_trait.counted_clicks, of_trait.unique_clicks)
    FROM (
        SELECT {_DAY_PLACE}, dimension, {_SUMS} {_ROLLUP} AND dimension <> {Trait.EVERYTHING}
        GROUP BY {_DAY_PLACE}, dimension
    ) AS of_trait
    LEFT JOIN (SELECT {_DAY_PLACE}, {_NAMES} {_ROLLUP} AND dimension = {Trait.EVERYTHING}) AS whole
        USING ({_DAY_PLACE})
    WHERE {_TOO_MANY} LIMIT {LIMIT}
"""

_AS_IT_IS: Final = """
    CASE traffic_class WHEN 1 THEN 4 WHEN 2 THEN 3 WHEN 11 THEN 5 ELSE verdict END
    + CASE WHEN is_counted THEN 8 ELSE 0 END + CASE WHEN held.click_id IS NULL THEN 0 ELSE 16 END + 32 * visitor_method
"""
_CLICKS: Final = f"""
    {GIVEN}
    SELECT format('click %s', click.id), format('%s, user agent %s', {_AS_IT_IS}, click.user_agent_id),
        format('%s, user agent %s', known.counted_as, known.user_agent_id)
    FROM click LEFT JOIN dimension_click AS known ON known.click_id = click.id
    LEFT JOIN (SELECT click_id FROM unique_click WHERE account_id = $1) AS held ON held.click_id = click.id
    WHERE click.account_id = $1 AND click.id >= greatest($5, $8) AND click.id < $9
        AND (known.counted_as IS DISTINCT FROM {_AS_IT_IS} OR known.user_agent_id IS DISTINCT FROM click.user_agent_id)
        AND NOT EXISTS (SELECT FROM ({_WAITING}) AS waiting WHERE click.id = ANY (waiting.ids))
    LIMIT {LIMIT}
"""

CHECKS: Final[dict[str, str]] = {
    "traits = clicks": _FACTS,
    "days of traits = days": _DAYS,
    "values of a trait = its days": _WITHIN,
    "clicks stand in traits as they are": _CLICKS,
}
