"""The rules that the database itself keeps: keys, references and checks exist, whatever a migration tool says.

Tortoise leaves out constraints that a model declares in some ways, without a word; hence this look at what is there.
"""

import importlib
import inspect
import re

import asyncpg
import pytest
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from tracking.orm import MODELS

# table: the columns of each unique key besides the primary one, as PostgreSQL writes them
UNIQUE_KEYS = {
    "account": {"slug"},
    "correction": {"undoes_id WHERE (undoes_id IS NOT NULL)"},
    "bot_policy_version": {
        "account_id, campaign_id, effective_at NULLS NOT DISTINCT WHERE (link_id IS NULL)",
        "account_id, link_id, effective_at WHERE (link_id IS NOT NULL)",
    },
    "correction_change": {"correction_id, campaign_id, creator_id NULLS NOT DISTINCT"},
    "detection_lists": {"digest"},
    "hosting_list": {"account_id, lower((name)::text) WHERE (archived_at IS NULL)"},
    "hosting_provider": {"account_id, name"},
    "api_key": {"prefix"},
    "idempotent_request": {"account_id, operation, key"},
    "tracking_domain": {
        "host WHERE (verified_at IS NOT NULL)",
        "account_id, host WHERE (archived_at IS NULL)",
        "account_id WHERE is_default",
    },
    "creator": {
        "public_id",
        "account_id, lower((handle)::text)",
        "account_id, external_id WHERE (external_id IS NOT NULL)",
    },
    "creator_profile": {"creator_id, platform, handle"},
    "follower_count": {"profile_id, counted_on"},
    "campaign_creator": {"campaign_id, creator_id"},
    "link": {
        "domain_id, slug",
        "deliverable_id, creator_id WHERE (archived_at IS NULL)",
        "message_id, contact_id, slot WHERE (contact_id IS NOT NULL)",
        (
            "message_id, creator_id, slot WHERE (((kind)::text = 'RECIPIENT'::text) AND (contact_id IS NULL)"
            " AND (creator_id IS NOT NULL))"
        ),
        (
            "campaign_id, system_kind WHERE (((system_kind)::text = ANY ((ARRAY['CAMPAIGN_JOIN'::character varying,"
            " 'OPT_IN'::character varying])::text[])) AND (archived_at IS NULL))"
        ),
        "message_id, system_kind WHERE (((system_kind)::text = 'ACTION_PAGE'::text) AND (archived_at IS NULL))",
        (
            "message_id, slot WHERE (((kind)::text = 'RECIPIENT'::text) AND (contact_id IS NULL)"
            " AND (creator_id IS NULL))"
        ),
        "referring_contact_id WHERE (((system_kind)::text = 'SHARE'::text) AND (archived_at IS NULL))",
    },
    "campaign": {"account_id, external_id WHERE (external_id IS NOT NULL)"},
    "contact": {"account_id, external_id"},
    "creative": {"account_id, external_id WHERE (external_id IS NOT NULL)"},
    "offer": {"account_id, external_id WHERE (external_id IS NOT NULL)"},
    "postback_secret": {"prefix", "offer_id, place WHERE (revoked_at IS NULL)"},
    "signing_key": {"key_name", "account_id, place WHERE (revoked_at IS NULL)"},
    "coupon": {"account_id, lower((code)::text) WHERE (archived_at IS NULL)"},
    "user_of_account": {"account_id, external_id WHERE (external_id IS NOT NULL)"},
    "delivery": {"message_id, contact_id"},
    "import_chunk": {"of_import_id, attempt, number"},
    "export": {"schedule_id, due_at"},
    "erasure": {"account_id, contact_id"},
    "export_chunk": {"export_id, attempt, number"},
    "webhook_delivery": {'endpoint_id, origin, replay_id, (event_ids[1]) COLLATE "C"'},
    "statement": {"campaign_id, number"},
    "report_page": {"token_prefix"},
    "message_slot": {"message_id, number"},
    "message_recipient": {
        'message_id, "position"',
        "message_id, contact_id WHERE (contact_id IS NOT NULL)",
        "message_id, creator_id WHERE (creator_id IS NOT NULL)",
    },
    "post": {"campaign_creator_id, url"},
    "post_link": {"post_id, link_id"},
    "snippet_key": {"key", "account_id, place WHERE (revoked_at IS NULL)"},
    "conversion": {"number", "account_id, order_key, event, part WHERE (conflicts_with IS NULL)"},
    "user_agent": {"digest"},
}
PRIMARY_KEYS = {
    "click": "id",
    "unique_click": "day, subject, subject_id, visitor_key",
    "rollup": "account_id, scope, first_key, second_key, grain, bucket",
    "click_retention": "account_id",
    "visitor_salt": "day",
    "fold_state": "is_only_row",
    "change_log": "seq",
    "event_outbox": "id",
    "event_log": '"position"',
    "conversion": "id",
    "conversion_order": "account_id, order_key",
    "conversion_report": "conversion_id, digest",
    "conversion_entry": "conversion_id, entry",
    "impression": "id",
    "webhook_delivery": "id",
    "webhook_attempt": "delivery_id, number",
    "outcome_rollup": "account_id, scope, first_key, second_key, grain, dating, bucket, currency",
}
# Of tables without models: a ledger's rows refer to what they are about, which is never deleted; a log's go with it.
REFERENCES = {
    ("erased_visitor", "erasure_id", "erasure", "a"),
    ("conversion_report", "conversion_id", "conversion", "a"),
    ("conversion_entry", "conversion_id", "conversion", "a"),
    ("conversion_candidate", "conversion_id", "conversion", "a"),
    ("webhook_delivery", "endpoint_id", "webhook_endpoint", "CASCADE"),
    ("webhook_attempt", "delivery_id", "webhook_delivery", "CASCADE"),
}
CHECKS = {
    ("link", "link_readable_is_lower_case"),
    ("link", "link_creator_kinds"),
    ("link", "link_system_kinds"),
    ("link", "link_recipient_kinds"),
    ("link", "link_deleted_kinds"),
    ("campaign", "campaign_fallback"),
    ("message_recipient", "message_recipient_is_one"),
    ("postback_secret", "postback_secret_places"),
    ("signing_key", "signing_key_places"),
    ("tracking_domain", "tracking_domain_host_is_lower_case"),
    ("visitor_salt", "visitor_salt_salt_check"),
    ("fold_state", "fold_state_is_only_row_check"),
    ("snippet_key", "snippet_key_places"),
    ("conversion_follower", "conversion_follower_is_only_row_check"),
    ("webhook_state", "webhook_state_is_only_row_check"),
}
LIST_KEYS = """
    SELECT relname AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE indisunique AND indisprimary = $1 AND NOT relispartition AND relnamespace = 'public'::regnamespace
"""
LIST_REFERENCES = """
    SELECT conrelid::regclass::text AS name, attname AS column, confrelid::regclass::text AS target,
        CASE confdeltype WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' ELSE confdeltype::text END AS on_delete
    FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND ARRAY[attnum] = conkey
    WHERE contype = 'f' AND convalidated
"""


def list_models() -> list[type[Model]]:
    modules = [importlib.import_module(name) for name in MODELS]
    return [
        model
        for module in modules
        for _, model in inspect.getmembers(module, inspect.isclass)
        if issubclass(model, Model) and model.__module__ == module.__name__
    ]


async def list_keys(pool: asyncpg.Pool, *, is_primary: bool) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = {}
    for row in await pool.fetch(LIST_KEYS, is_primary):
        [(columns, condition)] = re.findall(
            r"USING btree \((.+?)\)((?: NULLS NOT DISTINCT)?(?: WHERE .+)?)$", row["definition"]
        )
        keys.setdefault(row["name"], set()).add(columns + condition.replace("(is_default)", "is_default"))
    return keys


class TestConstraints:
    @pytest.mark.feature("R3", "R8", "TR2", "LS3")
    async def test_every_unique_key_exists(self, pool: asyncpg.Pool) -> None:
        keys = await list_keys(pool, is_primary=False)

        assert {name: those for name, those in keys.items() if name != "tortoise_migrations"} == UNIQUE_KEYS

    @pytest.mark.feature("R3", "R5")
    async def test_the_hot_tables_have_the_keys_that_make_them_exact(self, pool: asyncpg.Pool) -> None:
        keys = await list_keys(pool, is_primary=True)

        assert {name: keys[name] for name in PRIMARY_KEYS} == {name: {key} for name, key in PRIMARY_KEYS.items()}

    async def test_every_reference_of_a_model_is_one_of_the_database_and_deletes_as_it_says(
        self, pool: asyncpg.Pool
    ) -> None:
        tables = {model.__name__: model._meta.db_table for model in list_models()}
        declared = {
            (
                model._meta.db_table,
                f"{name}_id",
                tables[str(field.model_name).removeprefix("tracking.")],
                field.on_delete.value.replace(" ", "_"),
            )
            for model in list_models()
            for name, field in model._meta.fields_map.items()
            if isinstance(field, ForeignKeyFieldInstance)
        }

        existing = {
            (row["name"], row["column"], row["target"], row["on_delete"]) for row in await pool.fetch(LIST_REFERENCES)
        }
        assert existing == declared | REFERENCES

    async def test_every_check_exists(self, pool: asyncpg.Pool) -> None:
        checks = await pool.fetch("SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'c'")

        assert {tuple(row) for row in checks} >= CHECKS
