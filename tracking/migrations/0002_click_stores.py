"""The tables of the hot paths. They have no Tortoise rows: composite keys and partitions are beyond it, and COPY needs neither."""

from tortoise import migrations
from tortoise.migrations import operations as ops

ENTITY_RULES = [
    "CREATE UNIQUE INDEX creator_handle_key ON creator (account_id, lower(handle))",
    "CREATE UNIQUE INDEX creator_external_id_key ON creator (account_id, external_id) WHERE external_id IS NOT NULL",
    "CREATE INDEX campaign_account_idx ON campaign (account_id, id)",
    "CREATE INDEX creator_account_idx ON creator (account_id, id)",
    "CREATE INDEX campaign_creator_creator_idx ON campaign_creator (creator_id, campaign_id)",
    "CREATE INDEX link_account_idx ON link (account_id, id)",
    "CREATE INDEX link_campaign_creator_idx ON link (campaign_id, creator_id, id) WHERE campaign_id IS NOT NULL",
    "CREATE INDEX link_creator_idx ON link (creator_id, id) WHERE creator_id IS NOT NULL",
    "CREATE INDEX tracking_deliverable_campaign_idx ON tracking_deliverable (campaign_id)",
    "CREATE INDEX api_key_account_idx ON api_key (account_id)",
    "CREATE INDEX tracking_domain_account_idx ON tracking_domain (account_id)",
    "CREATE UNIQUE INDEX tracking_domain_default_key ON tracking_domain (account_id) WHERE is_default",
    "ALTER TABLE link ADD CONSTRAINT link_readable_is_lower_case CHECK (NOT is_readable OR slug = lower(slug))",
    "ALTER TABLE link ADD CONSTRAINT link_creator_kinds CHECK (kind NOT IN ('CAMPAIGN', 'CREATOR') OR creator_id IS NOT NULL)",
    "ALTER TABLE tracking_domain ADD CONSTRAINT tracking_domain_host_is_lower_case CHECK (host = lower(host))",
]

WITHOUT_ENTITY_RULES = [
    """
    DROP INDEX creator_handle_key, creator_external_id_key, campaign_account_idx, creator_account_idx,
        campaign_creator_creator_idx, link_account_idx, link_campaign_creator_idx, link_creator_idx,
        tracking_deliverable_campaign_idx, api_key_account_idx, tracking_domain_account_idx, tracking_domain_default_key
    """,
    "ALTER TABLE link DROP CONSTRAINT link_readable_is_lower_case, DROP CONSTRAINT link_creator_kinds",
    "ALTER TABLE tracking_domain DROP CONSTRAINT tracking_domain_host_is_lower_case",
]

CLICK_TABLES = [
    """
    CREATE TABLE user_agent (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        digest bytea NOT NULL UNIQUE,
        user_agent text NOT NULL,
        browser text,
        os text,
        device text,
        in_app_browser text,
        first_seen_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE click (
        id uuid PRIMARY KEY,
        account_id bigint NOT NULL,
        link_id bigint NOT NULL,
        campaign_id bigint,
        creator_id bigint,
        message_id bigint,
        slot smallint,
        contact_id bigint,
        offer_id bigint,
        sharer_id bigint,
        occurred_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT now(),
        verdict smallint NOT NULL,
        traffic_class smallint NOT NULL,
        reasons bigint NOT NULL,
        score smallint NOT NULL,
        ruleset smallint NOT NULL,
        is_counted boolean NOT NULL,
        visitor_key bytea NOT NULL,
        visitor_method smallint NOT NULL,
        visitor_day date NOT NULL,
        facts bigint NOT NULL,
        user_agent_id bigint,
        network bytea,
        placement text,
        referrer_host text,
        hosting_provider_id integer,
        country text,
        lists_id integer,
        evidence bigint NOT NULL DEFAULT 0,
        manual_verdict smallint,
        policy_at timestamptz,
        changed_at timestamptz
    ) PARTITION BY RANGE (id)
    """,
    "CREATE INDEX click_link_idx ON click (link_id, id)",
    "CREATE INDEX click_account_idx ON click (account_id, id)",
    "CREATE INDEX click_network_idx ON click (account_id, network, id) WHERE contact_id IS NOT NULL",
    "CREATE INDEX click_visitor_idx ON click (link_id, visitor_key)",
    # In the order in which rows are written anyway, so that it costs ingestion next to nothing.
    "CREATE INDEX click_recorded_idx ON click USING brin (recorded_at) WITH (pages_per_range = 32, autosummarize = on)",
    "CREATE INDEX click_changed_idx ON click (account_id, changed_at, id) WHERE changed_at IS NOT NULL",
    "CREATE INDEX click_contact_idx ON click (message_id, contact_id, id) WHERE contact_id IS NOT NULL",
    """
    CREATE TABLE unique_click (
        day date NOT NULL,
        subject smallint NOT NULL,
        subject_id bigint NOT NULL,
        visitor_key bytea NOT NULL,
        account_id bigint NOT NULL,
        click_id uuid NOT NULL,
        PRIMARY KEY (day, subject, subject_id, visitor_key)
    ) PARTITION BY RANGE (day)
    """,
    "CREATE TABLE unique_click_for_ever PARTITION OF unique_click FOR VALUES FROM (MINVALUE) TO ('1970-01-02')",
    """
    CREATE TABLE click_retention (
        account_id bigint PRIMARY KEY,
        kept_from timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE erased_visitor (
        account_id bigint NOT NULL,
        visitor_key bytea NOT NULL,
        erasure_id bigint NOT NULL REFERENCES erasure,
        secret bytea NOT NULL CHECK (octet_length(secret) = 32),
        PRIMARY KEY (account_id, visitor_key)
    )
    """,
    "CREATE INDEX erased_visitor_erasure_idx ON erased_visitor (erasure_id)",
    """
    CREATE TABLE visitor_salt (
        day date PRIMARY KEY,
        salt bytea NOT NULL CHECK (octet_length(salt) = 32),
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
]

REPORT_TABLES = [
    """
    CREATE TABLE rollup_delta (
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
        human_clicks integer NOT NULL DEFAULT 0,
        suspect_clicks integer NOT NULL DEFAULT 0,
        bot_clicks integer NOT NULL DEFAULT 0,
        preview_fetches integer NOT NULL DEFAULT 0,
        prefetches integer NOT NULL DEFAULT 0,
        test_clicks integer NOT NULL DEFAULT 0,
        counted_clicks integer NOT NULL DEFAULT 0,
        unique_clicks integer NOT NULL DEFAULT 0,
        unique_by_contact integer NOT NULL DEFAULT 0,
        unique_by_cookie integer NOT NULL DEFAULT 0,
        unique_by_hash integer NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE rollup (
        account_id bigint NOT NULL,
        scope smallint NOT NULL,
        first_key bigint NOT NULL,
        second_key bigint NOT NULL,
        grain smallint NOT NULL,
        bucket timestamptz NOT NULL,
        human_clicks bigint NOT NULL DEFAULT 0,
        suspect_clicks bigint NOT NULL DEFAULT 0,
        bot_clicks bigint NOT NULL DEFAULT 0,
        preview_fetches bigint NOT NULL DEFAULT 0,
        prefetches bigint NOT NULL DEFAULT 0,
        test_clicks bigint NOT NULL DEFAULT 0,
        counted_clicks bigint NOT NULL DEFAULT 0,
        unique_clicks bigint NOT NULL DEFAULT 0,
        unique_by_contact bigint NOT NULL DEFAULT 0,
        unique_by_cookie bigint NOT NULL DEFAULT 0,
        unique_by_hash bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (account_id, scope, first_key, second_key, grain, bucket)
    )
    """,
    """
    CREATE TABLE fold_state (
        is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
        folded_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "INSERT INTO fold_state DEFAULT VALUES",
]

EVENT_TABLES = [
    """
    CREATE TABLE change_log (
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        kind smallint NOT NULL,
        ref_id bigint NOT NULL,
        address text
    )
    """,
    "CREATE INDEX change_log_at_idx ON change_log (at)",
    """
    CREATE TABLE event_outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id bigint NOT NULL,
        kind smallint NOT NULL,
        ids uuid[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE event_log (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id bigint NOT NULL,
        kind smallint NOT NULL,
        ids uuid[] NOT NULL,
        created_at timestamptz NOT NULL,
        logged_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    "CREATE INDEX event_log_account_idx ON event_log (account_id, position)",
    "CREATE INDEX event_log_logged_idx ON event_log (logged_at)",
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0001_entities")]

    operations = [
        ops.RunSQL(
            [*ENTITY_RULES, *CLICK_TABLES, *REPORT_TABLES, *EVENT_TABLES],
            reverse_sql=[
                *WITHOUT_ENTITY_RULES,
                "DROP TABLE event_log, event_outbox, change_log, fold_state, rollup, rollup_delta, visitor_salt, erased_visitor, click_retention, unique_click, click, user_agent",
            ],
        )
    ]
