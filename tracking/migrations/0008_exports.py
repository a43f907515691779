"""What exports and their schedules are found by."""

from tortoise import migrations
from tortoise.migrations import operations as ops

EXPORT_RULES = [
    "CREATE INDEX export_account_idx ON export (account_id, id)",
    "CREATE INDEX export_open_idx ON export (id) WHERE status IN ('QUEUED', 'RUNNING')",
    "CREATE INDEX export_expires_idx ON export (expires_at) WHERE status = 'COMPLETED'",
    "CREATE INDEX export_kept_idx ON export (account_id) INCLUDE (size_bytes, expires_at) WHERE status = 'COMPLETED'",
    "CREATE INDEX export_schedule_account_idx ON export_schedule (account_id, id)",
    "CREATE INDEX export_schedule_due_idx ON export_schedule (next_run_at) WHERE deleted_at IS NULL AND NOT is_paused",
]

WITHOUT_EXPORT_RULES = [
    """
    DROP INDEX export_account_idx, export_open_idx, export_expires_idx, export_kept_idx,
        export_schedule_account_idx, export_schedule_due_idx
    """,
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0007_dimensions")]

    operations = [ops.RunSQL(EXPORT_RULES, reverse_sql=WITHOUT_EXPORT_RULES)]
