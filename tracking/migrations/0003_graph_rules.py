"""What the models cannot say of the whole graph: partial keys, checks, the indexes of its lists, and events of entities."""

from tortoise import migrations
from tortoise.migrations import operations as ops

RULES = [
    "CREATE UNIQUE INDEX tracking_domain_host_key ON tracking_domain (host) WHERE verified_at IS NOT NULL",
    "CREATE UNIQUE INDEX tracking_domain_account_host_key ON tracking_domain (account_id, host) WHERE archived_at IS NULL",
    "CREATE UNIQUE INDEX link_deliverable_creator_key ON link (deliverable_id, creator_id) WHERE archived_at IS NULL",
    "CREATE UNIQUE INDEX link_recipient_contact_key ON link (message_id, contact_id, slot) WHERE contact_id IS NOT NULL",
    "CREATE UNIQUE INDEX link_recipient_creator_key ON link (message_id, creator_id, slot) WHERE kind = 'RECIPIENT' AND contact_id IS NULL AND creator_id IS NOT NULL",
    "CREATE UNIQUE INDEX link_recipient_nobody_key ON link (message_id, slot) WHERE kind = 'RECIPIENT' AND contact_id IS NULL AND creator_id IS NULL",
    "CREATE UNIQUE INDEX link_campaign_system_key ON link (campaign_id, system_kind) WHERE system_kind IN ('CAMPAIGN_JOIN', 'OPT_IN') AND archived_at IS NULL",
    "CREATE UNIQUE INDEX link_message_system_key ON link (message_id, system_kind) WHERE system_kind = 'ACTION_PAGE' AND archived_at IS NULL",
    "CREATE UNIQUE INDEX link_share_key ON link (referring_contact_id) WHERE system_kind = 'SHARE' AND archived_at IS NULL",
    "CREATE INDEX link_referring_contact_idx ON link (referring_contact_id) WHERE referring_contact_id IS NOT NULL",
    "CREATE INDEX link_deliverable_idx ON link (deliverable_id, creator_id) WHERE deliverable_id IS NOT NULL",
    "CREATE INDEX link_kind_idx ON link (account_id, kind, id) WHERE kind <> 'RECIPIENT'",
    "CREATE INDEX link_contact_idx ON link (contact_id) WHERE contact_id IS NOT NULL",
    "CREATE INDEX link_shared_idx ON link (account_id, id) WHERE contact_id IS NULL",
    "CREATE INDEX link_offer_idx ON link (offer_id, id) WHERE offer_id IS NOT NULL AND contact_id IS NULL",
    "CREATE INDEX link_sharer_idx ON link (sharer_id) WHERE sharer_id IS NOT NULL",
    "CREATE INDEX link_tags_idx ON link USING gin (tags) WHERE tags <> '{}'",
    "CREATE INDEX link_check_idx ON link (destination_checked_at NULLS FIRST) WHERE archived_at IS NULL AND kind <> 'RECIPIENT'",
    "CREATE INDEX link_alike_idx ON link (account_id, md5(destination_url || ' ' || label), coalesce(creator_id, 0)) WHERE kind IN ('CREATOR', 'CUSTOM')",
    "ALTER TABLE link ADD CONSTRAINT link_system_kinds CHECK ((kind = 'SYSTEM') = (system_kind IS NOT NULL))",
    "ALTER TABLE link ADD CONSTRAINT link_recipient_kinds CHECK (kind <> 'RECIPIENT' OR (message_id IS NOT NULL AND slot IS NOT NULL))",
    "ALTER TABLE link ADD CONSTRAINT link_deleted_kinds CHECK (deleted_at IS NULL OR (kind = 'CUSTOM' AND archived_at IS NOT NULL))",
    "ALTER TABLE campaign ADD CONSTRAINT campaign_fallback CHECK (end_behaviour <> 'FALLBACK' OR fallback_url IS NOT NULL)",
    "CREATE UNIQUE INDEX campaign_external_id_key ON campaign (account_id, external_id) WHERE external_id IS NOT NULL",
    "CREATE UNIQUE INDEX user_external_id_key ON user_of_account (account_id, external_id) WHERE external_id IS NOT NULL",
    "CREATE UNIQUE INDEX offer_external_id_key ON offer (account_id, external_id) WHERE external_id IS NOT NULL",
    "CREATE UNIQUE INDEX creative_external_id_key ON creative (account_id, external_id) WHERE external_id IS NOT NULL",
    "CREATE INDEX user_account_idx ON user_of_account (account_id, id)",
    "CREATE INDEX contact_account_idx ON contact (account_id, id)",
    """CREATE INDEX contact_name_idx ON contact (account_id, (lower(name) COLLATE "C"), id)""",
    "CREATE INDEX offer_account_idx ON offer (account_id, id)",
    "CREATE INDEX creative_account_idx ON creative (account_id, id)",
    "CREATE INDEX message_account_idx ON message (account_id, id)",
    "CREATE INDEX message_campaign_idx ON message (campaign_id, id) WHERE campaign_id IS NOT NULL",
    "CREATE INDEX message_preparing_idx ON message (id) WHERE status = 'PREPARING'",
    "CREATE INDEX message_recipient_unprepared_idx ON message_recipient (message_id, position) WHERE NOT is_prepared",
    "CREATE INDEX message_recipient_contact_idx ON message_recipient (contact_id) WHERE contact_id IS NOT NULL",
    "CREATE UNIQUE INDEX message_recipient_contact_key ON message_recipient (message_id, contact_id) WHERE contact_id IS NOT NULL",
    "CREATE UNIQUE INDEX message_recipient_creator_key ON message_recipient (message_id, creator_id) WHERE creator_id IS NOT NULL",
    "ALTER TABLE message_recipient ADD CONSTRAINT message_recipient_is_one CHECK ((contact_id IS NULL) <> (creator_id IS NULL))",
    "CREATE INDEX post_link_link_idx ON post_link (link_id)",
    "CREATE INDEX creator_notice_creator_idx ON creator_notice (creator_id, id)",
    "CREATE INDEX history_subject_idx ON history_entry (account_id, subject_type, subject_id, id)",
    "CREATE INDEX import_account_idx ON import (account_id, id)",
    "CREATE INDEX import_problem_import_idx ON import_problem (of_import_id, line, id)",
    "CREATE INDEX idempotent_request_created_idx ON idempotent_request (created_at)",
    "ALTER TABLE event_outbox ADD COLUMN entity_ids bigint[] NOT NULL DEFAULT '{}'",
    "ALTER TABLE event_log ADD COLUMN entity_ids bigint[] NOT NULL DEFAULT '{}'",
]

WITHOUT_RULES = [
    "ALTER TABLE event_log DROP COLUMN entity_ids",
    "ALTER TABLE event_outbox DROP COLUMN entity_ids",
    """
    DROP INDEX tracking_domain_host_key, tracking_domain_account_host_key, link_deliverable_creator_key, link_recipient_contact_key, link_recipient_creator_key, link_recipient_nobody_key,
        link_campaign_system_key, link_message_system_key, link_share_key, link_deliverable_idx, link_kind_idx, link_contact_idx, link_shared_idx, link_offer_idx,
        link_sharer_idx, link_tags_idx, link_check_idx, link_alike_idx, campaign_external_id_key, user_external_id_key,
        offer_external_id_key, creative_external_id_key, user_account_idx, contact_account_idx, contact_name_idx, link_referring_contact_idx, offer_account_idx,
        creative_account_idx, message_account_idx, message_campaign_idx, message_preparing_idx, message_recipient_unprepared_idx,
        message_recipient_contact_idx,
        message_recipient_contact_key, message_recipient_creator_key, post_link_link_idx, creator_notice_creator_idx,
        history_subject_idx, import_account_idx, import_problem_import_idx, idempotent_request_created_idx
    """,
    "ALTER TABLE message_recipient DROP CONSTRAINT message_recipient_is_one",
    "ALTER TABLE campaign DROP CONSTRAINT campaign_fallback",
    "ALTER TABLE link DROP CONSTRAINT link_system_kinds, DROP CONSTRAINT link_recipient_kinds, DROP CONSTRAINT link_deleted_kinds",
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0002_click_stores")]

    operations = [ops.RunSQL(RULES, reverse_sql=WITHOUT_RULES)]
