"""The statements of the audit about clicks. Written apart from the fold: a shared mistake would prove itself right.

Each takes the account ($1), its hours in the range ($2), the day of each hour ($3), from when on clicks of the range
are kept, as a moment ($4) and as an id ($5), and the range: from ($6) and until ($7), the same as ids ($8, $9). It
answers with rows of place, expected and found: the ones that differ.
"""

from typing import Final

from tracking.bots.verdicts import Reason, TrafficClass
from tracking.reports.audit_comparing import GIVEN, IN_SCOPES, LIMIT, TOTAL_AT, Compared, Layer
from tracking.reports.scopes import COUNTERS, NO_KEY, Grain, Scope

CLICK_ROLLUP: Final = Compared("rollup", COUNTERS)
_PLACE: Final = ", ".join(CLICK_ROLLUP.place)
_NAMES: Final = ", ".join(COUNTERS)

# Every click, with the key of the unique that it may hold.
_CLICKS: Final = """
    SELECT *,
        CASE WHEN is_of_message THEN '1970-01-01' ELSE visitor_day END AS day,
        CASE WHEN is_of_message THEN 1 ELSE 0 END AS subject,
        CASE WHEN is_of_message THEN message_id ELSE link_id END AS subject_id,
        CASE traffic_class WHEN 1 THEN 'prefetch' WHEN 2 THEN 'preview' WHEN 11 THEN 'test' ELSE 'by verdict'
        END AS kind
    FROM (SELECT *, contact_id IS NOT NULL AND message_id IS NOT NULL AS is_of_message
        FROM click WHERE account_id = $1) AS labelled
"""
_KEY: Final = "day, subject, subject_id, visitor_key"
_KEY_OF_HELD: Final = "held.day, held.subject, held.subject_id, held.visitor_key"
_KEY_OF_CLICK: Final = "clicks.day, clicks.subject, clicks.subject_id, clicks.visitor_key"
_HELD: Final = f"SELECT {_KEY}, click_id FROM unique_click WHERE account_id = $1"

_KEPT: Final = "clicks.id >= $5 AND clicks.id < $9"

_COUNTED_CLICKS: Final = f"""
    SELECT clicks.id, campaign_id, creator_id, message_id, slot, offer_id, sharer_id, contact_id,
        CASE WHEN contact_id IS NULL THEN link_id END AS link_id,
        ($2::timestamptz[])[width_bucket(occurred_at, $2::timestamptz[])] AS hour_at,
        (kind = 'by verdict' AND verdict = 0)::int AS human_clicks,
        (kind = 'by verdict' AND verdict = 1)::int AS suspect_clicks,
        (kind = 'by verdict' AND verdict = 2)::int AS bot_clicks,
        (kind = 'preview')::int AS preview_fetches,
        (kind = 'prefetch')::int AS prefetches,
        (kind = 'test')::int AS test_clicks,
        is_counted::int AS counted_clicks,
        (held.click_id IS NOT NULL)::int AS unique_clicks,
        (held.click_id IS NOT NULL AND visitor_method = 3)::int AS unique_by_contact,
        (held.click_id IS NOT NULL AND visitor_method = 2)::int AS unique_by_cookie,
        (held.click_id IS NOT NULL AND visitor_method = 1)::int AS unique_by_hash
    FROM ({_CLICKS}) AS clicks LEFT JOIN ({_HELD}) AS held
        ON held.click_id = clicks.id AND ({_KEY_OF_HELD}) = ({_KEY_OF_CLICK})
"""

_FACTS: Final = f"""
    SELECT scope, first_key, second_key, {Grain.HOUR} AS grain, hour_at AS bucket, {_NAMES}
    FROM ({_COUNTED_CLICKS} WHERE {_KEPT}) AS counted {IN_SCOPES} WHERE hour_at >= $4
"""

# Reports after the next fold: what they say now, and what still waits.
_HOURS: Final = f"""
    SELECT {_PLACE}, {_NAMES} FROM rollup
    WHERE account_id = $1 AND grain = {Grain.HOUR} AND bucket >= $4 AND bucket < $7
    UNION ALL
    SELECT scope, first_key, second_key, {Grain.HOUR}, hour_at, {_NAMES}
    FROM (SELECT * FROM rollup_delta WHERE account_id = $1) AS waiting {IN_SCOPES}
    WHERE hour_at >= $4 AND hour_at < $7
"""
HOURS: Final = Layer(_FACTS, _HOURS)

# Contacts have totals only, so theirs are told by their clicks as long as none is gone, and are never less than those.
CONTACTS: Final = Layer(
    f"""
        SELECT {Scope.CONTACT} AS scope, contact_id AS first_key, 0::bigint AS second_key, {Grain.TOTAL} AS grain,
            {TOTAL_AT} AS bucket, {_NAMES}
        FROM ({_COUNTED_CLICKS}) AS counted WHERE contact_id IS NOT NULL
    """,
    f"""
        SELECT {_PLACE}, {_NAMES} FROM rollup WHERE account_id = $1 AND scope = {Scope.CONTACT}
        UNION ALL
        SELECT {Scope.CONTACT}, contact_id, 0, {Grain.TOTAL}, {TOTAL_AT}, {_NAMES}
        FROM rollup_delta WHERE account_id = $1 AND contact_id IS NOT NULL
    """,
)
_CONTACTS_AT_LEAST: Final = CONTACTS._replace(wrong_if=">")

# Every click on a contact's own link, whoever the contact is.
_ALL_CONTACTS: Final = Layer(
    CLICK_ROLLUP.read_rollup(f"scope = {Scope.LINK} AND first_key = {NO_KEY} AND grain = {Grain.TOTAL}"),
    CLICK_ROLLUP.read_rollup(f"scope = {Scope.CONTACT}", scope=str(Scope.LINK.value), first_key=str(NO_KEY)),
)

# The earliest counted click of each key holds it. One that is no longer kept may hold it still, and of those that are
# past their time some may be gone.
_HOLDERS: Final = f"""
    {GIVEN}
    SELECT format('day %s, subject %s %s', day, subject, subject_id),
        coalesce(earliest.id::text, 'nobody'), coalesce(held.click_id::text, 'nobody')
    FROM (SELECT DISTINCT ON ({_KEY}) {_KEY}, id FROM ({_CLICKS}) AS clicks
        WHERE is_counted AND (is_of_message OR id >= $8 AND id < $9) ORDER BY {_KEY}, id) AS earliest
    FULL JOIN ({_HELD}) AS held USING ({_KEY})
    WHERE earliest.id IS DISTINCT FROM held.click_id
        AND coalesce(held.click_id, earliest.id) >= $5 AND coalesce(held.click_id, earliest.id) < $9
    LIMIT {LIMIT}
"""

_JUDGED: Final = ("verdict", "traffic_class", "reasons", "score", "ruleset", "is_counted")

# Whoever judges a click anew logs what it was and what it is, so the newest row says what the click says.
_LOGGED: Final = f"""
    {GIVEN}
    SELECT format('click %s', click.id), ROW({", ".join(f"last.{column}_after" for column in _JUDGED)})::text,
        ROW({", ".join(f"click.{column}" for column in _JUDGED)})::text
    FROM (SELECT DISTINCT ON (click_id) * FROM reclassification_log WHERE account_id = $1 ORDER BY click_id, id DESC)
        AS last
    JOIN click ON click.id = last.click_id AND click.account_id = $1
    WHERE ROW({", ".join(f"last.{column}_after" for column in _JUDGED)})
        IS DISTINCT FROM ROW({", ".join(f"click.{column}" for column in _JUDGED)})
        AND click.id >= $8 AND click.id < $9
    LIMIT {LIMIT}
"""

# A person's verdict stands on the click that it was given to, and says so; a test is nobody's to judge.
_MANUAL: Final = f"""
    {GIVEN}
    SELECT format('click %s', id), coalesce(format('verdict %s by a person', manual_verdict), 'no person''s verdict'),
        format('verdict %s, reasons %s', verdict, reasons)
    FROM click WHERE account_id = $1 AND id >= $8 AND id < $9 AND traffic_class <> {TrafficClass.TEST} AND (
        (reasons & {Reason.MANUAL.value} <> 0) <> (manual_verdict IS NOT NULL)
        OR coalesce(manual_verdict <> verdict, false)
    )
    LIMIT {LIMIT}
"""

_COUNTED_WRONGLY: Final = f"""
    {GIVEN}
    SELECT format('click %s', id), 'not counted', 'counted'
    FROM ({_CLICKS}) AS clicks WHERE kind <> 'by verdict' AND is_counted AND id >= $8 AND id < $9 LIMIT {LIMIT}
"""


CHECKS: Final[dict[str, str]] = {
    "clicks are as their last re-labelling left them": _LOGGED,
    "a person's verdict stands": _MANUAL,
    "previews, prefetches and tests never count": _COUNTED_WRONGLY,
    "uniques are held by the earliest counted click": _HOLDERS,
    "hours = clicks": CLICK_ROLLUP.compare(HOURS),
    "days = hours": CLICK_ROLLUP.compare(CLICK_ROLLUP.days()),
    "totals = days": CLICK_ROLLUP.compare(CLICK_ROLLUP.totals()),
    "contacts = links of recipients": CLICK_ROLLUP.compare(_ALL_CONTACTS),
    **CLICK_ROLLUP.compare_scopes(),
}
WHILE_COMPLETE: Final = {"totals of contacts = clicks": CLICK_ROLLUP.compare(CONTACTS)}
WHEN_SOME_ARE_GONE: Final = {"totals of contacts hold their clicks": CLICK_ROLLUP.compare(_CONTACTS_AT_LEAST)}
