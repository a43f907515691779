"""Conversions: what was reported, what stands of it and why, and the counts of what clicks were worth."""

from tortoise import migrations
from tortoise.migrations import operations as ops

CONVERSION_TABLES = [
    "CREATE UNIQUE INDEX snippet_key_live_key ON snippet_key (account_id, place) WHERE revoked_at IS NULL",
    "ALTER TABLE snippet_key ADD CONSTRAINT snippet_key_places CHECK (place IN (1, 2))",
    """
    CREATE TABLE conversion_order (
        account_id bigint NOT NULL,
        order_key text NOT NULL,
        PRIMARY KEY (account_id, order_key)
    )
    """,
    """
    CREATE TABLE conversion (
        id uuid PRIMARY KEY,
        number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        account_id bigint NOT NULL,
        order_key text NOT NULL,
        event text NOT NULL,
        part text NOT NULL,
        kind smallint NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        occurred_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL,
        source smallint NOT NULL,
        proof smallint NOT NULL,
        trust smallint NOT NULL,
        status smallint NOT NULL,
        reason smallint NOT NULL DEFAULT 0,
        conflicts_with uuid,
        ruling smallint,
        is_over_cap boolean,
        method smallint NOT NULL DEFAULT 0,
        click_id uuid,
        clicked_at timestamptz,
        link_id bigint,
        campaign_id bigint,
        creator_id bigint,
        message_id bigint,
        slot smallint,
        contact_id bigint,
        offer_id bigint,
        sharer_id bigint,
        value_minor bigint,
        value_currency text,
        payout_minor bigint,
        payout_currency text,
        is_counted boolean NOT NULL DEFAULT false,
        entry integer NOT NULL DEFAULT 0,
        recheck_at timestamptz,
        FOREIGN KEY (account_id, order_key) REFERENCES conversion_order
    )
    """,
    "CREATE UNIQUE INDEX conversion_key ON conversion (account_id, order_key, event, part) WHERE conflicts_with IS NULL",
    "CREATE INDEX conversion_order_idx ON conversion (account_id, order_key)",
    "CREATE INDEX conversion_recorded_idx ON conversion (account_id, recorded_at, id)",
    "CREATE INDEX conversion_occurred_idx ON conversion (account_id, occurred_at, id)",
    "CREATE INDEX conversion_inbox_idx ON conversion (account_id, occurred_at, id) WHERE status NOT IN (1, 7) AND ruling IS DISTINCT FROM 2",
    "CREATE INDEX conversion_recheck_idx ON conversion (recheck_at) WHERE recheck_at IS NOT NULL",
    "CREATE INDEX conversion_click_idx ON conversion (click_id) WHERE click_id IS NOT NULL",
    "CREATE INDEX conversion_link_idx ON conversion (link_id, occurred_at) WHERE link_id IS NOT NULL",
    "CREATE INDEX conversion_creator_idx ON conversion (creator_id, occurred_at) WHERE creator_id IS NOT NULL",
    "CREATE INDEX conversion_campaign_idx ON conversion (campaign_id, occurred_at) WHERE campaign_id IS NOT NULL",
    "CREATE INDEX conversion_offer_idx ON conversion (offer_id, occurred_at) WHERE offer_id IS NOT NULL",
    "CREATE INDEX conversion_kind_idx ON conversion (account_id, kind, occurred_at)",
    "CREATE INDEX conversion_method_idx ON conversion (account_id, method, occurred_at)",
    "CREATE INDEX conversion_trust_idx ON conversion (account_id, trust, occurred_at)",
    "CREATE INDEX conversion_status_idx ON conversion (account_id, status, occurred_at)",
    """
    CREATE TABLE conversion_report (
        conversion_id uuid NOT NULL REFERENCES conversion,
        digest bytea NOT NULL,
        source smallint NOT NULL,
        proof smallint NOT NULL,
        revenue numeric,
        currency text,
        occurred_at timestamptz,
        received_at timestamptz NOT NULL,
        click_ids uuid[] NOT NULL,
        visitor_keys bytea[] NOT NULL,
        link_id bigint,
        offer_id bigint,
        coupon text,
        page_host text,
        ruled_at timestamptz,
        PRIMARY KEY (conversion_id, digest)
    )
    """,
    # Those that still say which visitor it was, so that it is forgotten in time.
    f"""
    CREATE INDEX conversion_report_visitor_idx ON conversion_report (received_at)
        WHERE visitor_keys <> '{{}}' AND visitor_keys <> ARRAY['\\x{bytes(16).hex()}'::bytea]
    """,
    """
    CREATE TABLE conversion_candidate (
        conversion_id uuid NOT NULL REFERENCES conversion,
        click_id uuid NOT NULL,
        PRIMARY KEY (conversion_id, click_id)
    )
    """,
    "CREATE INDEX conversion_candidate_click_idx ON conversion_candidate (click_id)",
    """
    CREATE TABLE conversion_entry (
        conversion_id uuid NOT NULL REFERENCES conversion,
        entry integer NOT NULL,
        account_id bigint NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        cause smallint NOT NULL,
        trust smallint NOT NULL,
        status smallint NOT NULL,
        reason smallint NOT NULL,
        method smallint NOT NULL,
        click_id uuid,
        clicked_at timestamptz,
        link_id bigint,
        campaign_id bigint,
        creator_id bigint,
        message_id bigint,
        slot smallint,
        contact_id bigint,
        offer_id bigint,
        sharer_id bigint,
        value_minor bigint,
        value_currency text,
        payout_minor bigint,
        payout_currency text,
        is_counted boolean NOT NULL,
        occurred_at timestamptz NOT NULL,
        receipt text NOT NULL,
        PRIMARY KEY (conversion_id, entry)
    )
    """,
    # An erasure looks through the ledger for a contact, pass after pass.
    "CREATE INDEX conversion_entry_contact_idx ON conversion_entry (contact_id) WHERE contact_id IS NOT NULL",
    """
    CREATE TABLE conversion_cap (
        link_id bigint NOT NULL,
        hour_at timestamptz NOT NULL,
        taken integer NOT NULL,
        PRIMARY KEY (link_id, hour_at)
    )
    """,
    """
    CREATE TABLE conversion_follower (
        is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
        position bigint NOT NULL DEFAULT 0
    )
    """,
    "INSERT INTO conversion_follower DEFAULT VALUES",
    # What was reported is never changed and never deleted, whoever asks: the ledger is proof (rule 7).
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is a ledger: rows are only added', TG_TABLE_NAME USING ERRCODE = '23000'; END $$
    """,
    """
    CREATE TRIGGER conversion_entry_is_a_ledger BEFORE DELETE OR UPDATE OF conversion_id, entry, account_id, at, cause,
        trust, status, reason, method, click_id, clicked_at, link_id, campaign_id, creator_id, message_id, slot,
        offer_id, sharer_id, value_minor, value_currency, payout_minor, payout_currency, is_counted, occurred_at,
        receipt ON conversion_entry
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    # Who was erased is replaced by a number that is nobody's (tracking/erasure/rules.py), and by nothing else.
    """
    CREATE TRIGGER conversion_entry_names_nobody_else BEFORE UPDATE OF contact_id ON conversion_entry
        FOR EACH ROW WHEN (OLD.contact_id IS NULL OR NEW.contact_id IS NULL OR NEW.contact_id < 2305843009213693952)
        EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER conversion_report_is_kept BEFORE DELETE OR UPDATE OF conversion_id, digest, source, proof, revenue,
        currency, occurred_at, click_ids, link_id, offer_id, coupon, page_host ON conversion_report
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER conversion_stays BEFORE DELETE ON conversion FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER conversion_facts_stay BEFORE UPDATE OF id, account_id, order_key, event, part, kind, recorded_at,
        conflicts_with ON conversion
        FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
]

OUTCOME_TABLES = [
    """
    CREATE TABLE impression (
        id uuid PRIMARY KEY,
        account_id bigint NOT NULL,
        link_id bigint NOT NULL
    )
    """,
    """
    CREATE TABLE snippet_sighting (
        account_id bigint NOT NULL,
        page_host text NOT NULL,
        seen_at timestamptz NOT NULL,
        click_seen_at timestamptz,
        PRIMARY KEY (account_id, page_host)
    )
    """,
    # Sums of money are numeric: whoever reports amounts as large as they may be overflows no sum, and holds up no fold.
    """
    CREATE TABLE outcome_delta (
        account_id bigint NOT NULL,
        link_id bigint,
        campaign_id bigint,
        creator_id bigint,
        message_id bigint,
        slot smallint,
        contact_id bigint,
        offer_id bigint,
        sharer_id bigint,
        hour_at timestamptz NOT NULL,
        day_at timestamptz NOT NULL,
        dating smallint NOT NULL,
        currency text NOT NULL,
        conversions integer NOT NULL DEFAULT 0,
        credited_conversions integer NOT NULL DEFAULT 0,
        gross_minor numeric NOT NULL DEFAULT 0,
        refunds_minor numeric NOT NULL DEFAULT 0,
        payout_minor numeric NOT NULL DEFAULT 0,
        impressions integer NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE outcome_rollup (
        account_id bigint NOT NULL,
        scope smallint NOT NULL,
        first_key bigint NOT NULL,
        second_key bigint NOT NULL,
        grain smallint NOT NULL,
        bucket timestamptz NOT NULL,
        dating smallint NOT NULL,
        currency text NOT NULL,
        conversions bigint NOT NULL DEFAULT 0,
        credited_conversions bigint NOT NULL DEFAULT 0,
        gross_minor numeric NOT NULL DEFAULT 0,
        refunds_minor numeric NOT NULL DEFAULT 0,
        payout_minor numeric NOT NULL DEFAULT 0,
        impressions bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (account_id, scope, first_key, second_key, grain, dating, bucket, currency)
    )
    """,
    "ALTER TABLE fold_state ADD COLUMN outcomes_folded_at timestamptz NOT NULL DEFAULT now()",
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0005_offers")]

    operations = [
        ops.RunSQL(
            [*CONVERSION_TABLES, *OUTCOME_TABLES],
            reverse_sql=[
                "ALTER TABLE fold_state DROP COLUMN outcomes_folded_at",
                "DROP TABLE outcome_rollup, outcome_delta, snippet_sighting, impression, conversion_follower, conversion_cap, conversion_entry, conversion_candidate, conversion_report, conversion, conversion_order",
                "DROP FUNCTION refuse_change",
                "ALTER TABLE snippet_key DROP CONSTRAINT snippet_key_places",
                "DROP INDEX snippet_key_live_key",
            ],
        )
    ]
