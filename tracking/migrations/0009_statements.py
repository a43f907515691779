"""Statements, which never change."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENT_RULES = [
    "CREATE INDEX statement_account_idx ON statement (account_id, id)",
    "ALTER TABLE statement ADD CONSTRAINT statement_periods CHECK (starts_at < ends_at)",
    """
    CREATE FUNCTION refuse_statement_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a statement never changes';
    END $$
    """,
    """
    CREATE TRIGGER statement_never_changes BEFORE UPDATE OR DELETE ON statement
        FOR EACH ROW EXECUTE FUNCTION refuse_statement_change()
    """,
    """
    CREATE TRIGGER statements_are_never_emptied BEFORE TRUNCATE ON statement
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_statement_change()
    """,
]

WITHOUT_STATEMENT_RULES = [
    "DROP TRIGGER statements_are_never_emptied ON statement",
    "DROP TRIGGER statement_never_changes ON statement",
    "DROP FUNCTION refuse_statement_change",
    "ALTER TABLE statement DROP CONSTRAINT statement_periods",
    "DROP INDEX statement_account_idx",
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0008_exports")]

    operations = [ops.RunSQL(STATEMENT_RULES, reverse_sql=WITHOUT_STATEMENT_RULES)]
