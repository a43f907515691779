"""What the models cannot say of offers, their secrets and coupons: keys of what is live, checks and indexes of lists."""

from tortoise import migrations
from tortoise.migrations import operations as ops

RULES = [
    "CREATE UNIQUE INDEX postback_secret_live_key ON postback_secret (offer_id, place) WHERE revoked_at IS NULL",
    "ALTER TABLE postback_secret ADD CONSTRAINT postback_secret_places CHECK (place IN (1, 2))",
    "CREATE UNIQUE INDEX signing_key_live_key ON signing_key (account_id, place) WHERE revoked_at IS NULL",
    "ALTER TABLE signing_key ADD CONSTRAINT signing_key_places CHECK (place IN (1, 2))",
    "CREATE INDEX signing_key_account_idx ON signing_key (account_id, id)",
    "CREATE UNIQUE INDEX coupon_code_key ON coupon (account_id, lower(code)) WHERE archived_at IS NULL",
    "CREATE INDEX coupon_account_idx ON coupon (account_id, id)",
    "CREATE INDEX coupon_link_idx ON coupon (link_id, id)",
]

WITHOUT_RULES = [
    """
    DROP INDEX postback_secret_live_key, signing_key_live_key, signing_key_account_idx, coupon_code_key, coupon_account_idx,
        coupon_link_idx
    """,
    "ALTER TABLE postback_secret DROP CONSTRAINT postback_secret_places",
    "ALTER TABLE signing_key DROP CONSTRAINT signing_key_places",
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0004_bots")]

    operations = [ops.RunSQL(RULES, reverse_sql=WITHOUT_RULES)]
