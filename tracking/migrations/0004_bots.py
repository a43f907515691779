"""What is known of programs beside the clicks themselves, and what was changed about clicks later."""

from tortoise import migrations
from tortoise.migrations import operations as ops

RULES = [
    """
    CREATE UNIQUE INDEX bot_policy_version_key ON bot_policy_version (account_id, campaign_id, effective_at)
        NULLS NOT DISTINCT WHERE link_id IS NULL
    """,
    """
    CREATE UNIQUE INDEX bot_policy_version_link_key ON bot_policy_version (account_id, link_id, effective_at)
        WHERE link_id IS NOT NULL
    """,
    "ALTER TABLE bot_policy_version ADD CONSTRAINT bot_policy_version_scope CHECK (campaign_id IS NULL OR link_id IS NULL)",
    "CREATE UNIQUE INDEX hosting_list_name_key ON hosting_list (account_id, lower(name)) WHERE archived_at IS NULL",
    "CREATE INDEX hosting_list_in_use_idx ON hosting_list (account_id, id) WHERE archived_at IS NULL",
    "CREATE INDEX correction_account_idx ON correction (account_id, id)",
    "CREATE INDEX correction_open_idx ON correction (id) WHERE status IN ('COMPARING', 'APPLYING')",
    "CREATE UNIQUE INDEX correction_change_key ON correction_change (correction_id, campaign_id, creator_id) NULLS NOT DISTINCT",
    "CREATE UNIQUE INDEX correction_undoes_key ON correction (undoes_id) WHERE undoes_id IS NOT NULL",
    """
    CREATE TABLE correction_click (
        correction_id bigint NOT NULL,
        click_id uuid NOT NULL,
        is_counted_after boolean,
        day date,
        subject smallint,
        subject_id bigint,
        visitor_key bytea,
        PRIMARY KEY (correction_id, click_id)
    )
    """,
    """
    CREATE INDEX correction_click_turning_idx ON correction_click (correction_id, day, subject, subject_id, visitor_key)
        WHERE is_counted_after IS NOT NULL
    """,
    """
    CREATE TABLE click_label (
        click_id uuid NOT NULL,
        correction_id bigint NOT NULL,
        account_id bigint NOT NULL,
        verdict smallint NOT NULL,
        PRIMARY KEY (click_id, correction_id)
    )
    """,
    "CREATE INDEX click_label_correction_idx ON click_label (correction_id, click_id)",
    """
    CREATE TABLE click_confirmation (
        click_id uuid NOT NULL,
        link_id bigint NOT NULL,
        account_id bigint NOT NULL,
        confirmed_at timestamptz NOT NULL,
        PRIMARY KEY (click_id, link_id)
    )
    """,
    """
    CREATE TABLE reclassification_log (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id bigint NOT NULL,
        click_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        cause smallint NOT NULL,
        correction_id bigint,
        verdict_before smallint NOT NULL,
        verdict_after smallint NOT NULL,
        traffic_class_before smallint NOT NULL,
        traffic_class_after smallint NOT NULL,
        reasons_before bigint NOT NULL,
        reasons_after bigint NOT NULL,
        score_before smallint NOT NULL,
        score_after smallint NOT NULL,
        ruleset_before smallint NOT NULL,
        ruleset_after smallint NOT NULL,
        is_counted_before boolean NOT NULL,
        is_counted_after boolean NOT NULL
    )
    """,
    "CREATE INDEX reclassification_log_click_idx ON reclassification_log (click_id, id)",
    """
    CREATE TABLE behaviour_state (
        is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
        position bigint NOT NULL DEFAULT 0
    )
    """,
    "INSERT INTO behaviour_state DEFAULT VALUES",
    """
    CREATE TABLE hosting_provider (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id bigint NOT NULL DEFAULT 0,
        name text NOT NULL,
        UNIQUE (account_id, name)
    )
    """,
    """
    CREATE TABLE detection_lists (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        digest bytea NOT NULL UNIQUE,
        crawlers text NOT NULL,
        user_agents text NOT NULL,
        hosting text NOT NULL,
        countries text NOT NULL,
        first_used_at timestamptz NOT NULL DEFAULT now()
    )
    """,
]

WITHOUT_RULES = [
    "DROP TABLE detection_lists, hosting_provider, behaviour_state, reclassification_log, click_confirmation, click_label, correction_click",
    """
    DROP INDEX bot_policy_version_key, bot_policy_version_link_key, hosting_list_name_key, hosting_list_in_use_idx,
        correction_account_idx, correction_open_idx, correction_change_key, correction_undoes_key
    """,
    "ALTER TABLE bot_policy_version DROP CONSTRAINT bot_policy_version_scope",
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0003_graph_rules")]

    operations = [ops.RunSQL(RULES, reverse_sql=WITHOUT_RULES)]
