from bench.statements import Statement, parse_log

LOG = """\
2026-07-01 10:00:00.000 UTC [7] LOG:  statement: BEGIN;
2026-07-01 10:00:00.001 UTC [7] LOG:  execute __asyncpg_stmt_1__:
\t    SELECT id FROM link
\t    WHERE slug = $1 AND id > $2
2026-07-01 10:00:00.001 UTC [7] DETAIL:  Parameters: $1 = 'it''s', $2 = NULL
2026-07-01 10:00:00.002 UTC [3] LOG:  checkpoint starting: immediate force wait
2026-07-01 10:00:00.003 UTC [7] LOG:  execute __asyncpg_stmt_2__: SELECT 1
"""


def test_statements_come_with_their_parameters_and_other_entries_are_left_out() -> None:
    assert list(parse_log(LOG)) == [
        Statement("BEGIN;", []),
        Statement("SELECT id FROM link\n    WHERE slug = $1 AND id > $2", ["'it''s'", "NULL"]),
        Statement("SELECT 1", []),
    ]
