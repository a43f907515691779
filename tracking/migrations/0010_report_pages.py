"""What report pages and segments are found by."""

from tortoise import migrations
from tortoise.migrations import operations as ops

PAGE_RULES = [
    "CREATE INDEX report_page_account_idx ON report_page (account_id, id)",
    "CREATE INDEX segment_account_idx ON segment (account_id, id)",
    "CREATE INDEX conversion_contact_idx ON conversion (message_id, contact_id) WHERE contact_id IS NOT NULL",
    "CREATE INDEX link_referral_idx ON link (account_id, md5(destination_url)) WHERE referring_contact_id IS NOT NULL",
    "ALTER TABLE report_page ADD CONSTRAINT report_page_subjects CHECK (num_nonnulls(campaign_id, creator_id) > 0)",
]

WITHOUT_PAGE_RULES = [
    "ALTER TABLE report_page DROP CONSTRAINT report_page_subjects",
    "DROP INDEX report_page_account_idx, segment_account_idx, conversion_contact_idx, link_referral_idx",
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0009_statements")]

    operations = [ops.RunSQL(PAGE_RULES, reverse_sql=WITHOUT_PAGE_RULES)]
