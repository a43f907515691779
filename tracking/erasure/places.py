"""Where a contact's number stands, but for clicks: a random one takes its place there, and counts stay (rule 12).

Each statement takes the account ($1), the contact ($2) and who stands in ($3). It moves whatever still names the
contact, so it may run again and again, and beside whoever writes: a count that comes later is moved later.
"""

from typing import Final

from tracking.events.outbox import EventKind
from tracking.reports.outcomes import OUTCOMES
from tracking.reports.scopes import COUNTERS, Scope

NOBODY: Final = f"'\\x{bytes(16).hex()}'::bytea"

# Where a contact's own link led is the contact's, unless others lead there too; of the rest the host says enough.
BLANK_SHARE_LINKS: Final = """
    UPDATE link SET label = '', destination_finding = NULL, referring_contact_id = $3::bigint,
        destination_url = CASE
            WHEN EXISTS (SELECT FROM link AS page WHERE page.account_id = $1 AND page.system_kind = 'OPT_IN'
                AND page.destination_url = link.destination_url) THEN destination_url
            ELSE regexp_replace(destination_url, '^(https?://)([^/?#]*@)?([^/?#]+).*$', '\\1\\3/')
        END
    WHERE account_id = $1 AND referring_contact_id = $2
"""
# What was said of these links when they were made, and led elsewhere.
_FORGET_HISTORY: Final = """
    UPDATE history_entry SET before = before - '{label,destinationUrl}'::text[],
        after = after - '{label,destinationUrl}'::text[]
    WHERE account_id = $1 AND subject_type = 'Link'
        AND subject_id IN (SELECT id FROM link WHERE referring_contact_id IN ($2, $3::bigint))
        AND (before ?| '{label,destinationUrl}' OR after ?| '{label,destinationUrl}')
"""
_OF_EVENTS: Final = """
    UPDATE {table} SET entity_ids = entity_ids[1:1] || array_replace(entity_ids[2:], $2::bigint, $3::bigint)
    WHERE account_id = $1 AND kind = {kind} AND $2 = ANY (entity_ids[2:])
"""
_OF_CONVERSIONS: Final = "UPDATE {table} SET contact_id = $3::bigint WHERE account_id = $1 AND contact_id = $2"


def _move_rollup(rollup: str, counters: tuple[str, ...], kinds: tuple[str, ...] = ()) -> str:
    """Rows of the contact, added to those of who stands in."""
    place = ("account_id", "scope", "first_key", "second_key", "grain", "bucket", *kinds)
    moved = ["$3::bigint" if name == "first_key" else name for name in (*place, *counters)]
    sums = ", ".join(f"{counter} = {rollup}.{counter} + excluded.{counter}" for counter in counters)
    return f"""
        WITH gone AS (
            DELETE FROM {rollup} WHERE account_id = $1 AND scope = {Scope.CONTACT} AND first_key = $2 RETURNING *
        )
        INSERT INTO {rollup} ({", ".join((*place, *counters))}) SELECT {", ".join(moved)} FROM gone
        ON CONFLICT ({", ".join(place)}) DO UPDATE SET {sums}
    """


# By the name of the place, in the order in which they run.
MOVES: Final[dict[str, str]] = {
    "share links": BLANK_SHARE_LINKS,
    "links": "UPDATE link SET contact_id = $3::bigint WHERE account_id = $1 AND contact_id = $2",
    "recipients": """
        UPDATE message_recipient SET contact_id = $3::bigint
        WHERE contact_id = $2 AND message_id IN (SELECT id FROM message WHERE account_id = $1)
    """,
    "deliveries": """
        UPDATE delivery SET contact_id = $3::bigint
        WHERE contact_id = $2 AND message_id IN (SELECT id FROM message WHERE account_id = $1)
    """,
    "history": _FORGET_HISTORY,
    "waiting events": _OF_EVENTS.format(table="event_outbox", kind=EventKind.DELIVERIES_RECORDED.value),
    "events": _OF_EVENTS.format(table="event_log", kind=EventKind.DELIVERIES_RECORDED.value),
    "conversions": _OF_CONVERSIONS.format(table="conversion"),
    "ledger": _OF_CONVERSIONS.format(table="conversion_entry"),
    "reports of conversions": f"""
        UPDATE conversion_report SET visitor_keys = ARRAY[{NOBODY}] FROM conversion
        WHERE conversion.id = conversion_id AND conversion.account_id = $1 AND conversion.contact_id IN ($2, $3::bigint)
            AND visitor_keys <> '{{}}' AND visitor_keys <> ARRAY[{NOBODY}]
    """,
    "waiting counts": _OF_CONVERSIONS.format(table="rollup_delta"),
    "counts": _move_rollup("rollup", COUNTERS),
    "waiting counts of conversions": _OF_CONVERSIONS.format(table="outcome_delta"),
    "counts of conversions": _move_rollup("outcome_rollup", OUTCOMES, ("dating", "currency")),
}
