from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise.fields.db_defaults import SqlDefault
from tracking.accounts.models import AttributionModel, Role
from tracking.bots.corrections.models import CorrectionKind, CorrectionStatus
from tracking.bots.policies.rules import BotMode
from tracking.campaigns.models import CampaignStatus, EndBehaviour, Stage
from tracking.conversions.kinds import list_counted_by_default
from tracking.creators.models import NoticeKind, Platform
from tracking.exports.models import ExportFormat, ExportKind, ExportStatus
from tracking.history.models import ActorKind
from tracking.imports.models import ImportFormat, ImportKind, ImportStatus
from tracking.interstitials.rules import InterstitialMode
from tracking.links.models import LinkKind, SystemLinkKind
from tracking.links.query_policy import QueryPolicy
from tracking.messages.models import Channel, DeliveryStatus, MessageStatus
from tortoise import fields


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Account",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=200)),
                (
                    "slug",
                    fields.CharField(
                        unique=True, description="label of <slug>.localhost in the embedded default", max_length=63
                    ),
                ),
                (
                    "timezone",
                    fields.CharField(
                        default="UTC", description="IANA name; fixed once a click is stored", max_length=64
                    ),
                ),
                (
                    "timezone_fixed_at",
                    fields.DatetimeField(
                        null=True, description="set with the first click", auto_now=False, auto_now_add=False
                    ),
                ),
                ("currency", fields.CharField(default="USD", description="ISO 4217", max_length=3)),
                (
                    "attribution_model",
                    fields.CharEnumField(
                        default=AttributionModel.FIRST_CLICK,
                        description="FIRST_CLICK: FIRST_CLICK\nLAST_CLICK: LAST_CLICK",
                        enum_type=AttributionModel,
                        max_length=16,
                    ),
                ),
                ("attribution_window_s", fields.BigIntField(default=2419200)),
                (
                    "retention_days",
                    fields.IntField(default=400, description="how long single clicks are kept; rollups stay for ever"),
                ),
                ("creator_parameter", fields.CharField(default="creator", max_length=64)),
                ("uses_visitor_cookie", fields.BooleanField(default=False)),
                (
                    "allowed_origins",
                    ArrayField(
                        default=list,
                        description="of browsers, such as https://app.example",
                        db_default=SqlDefault("'{}'"),
                        element_type="TEXT",
                    ),
                ),
                (
                    "bot_mode",
                    fields.CharEnumField(
                        default=BotMode.LABEL,
                        description="as in its newest policy",
                        db_default="LABEL",
                        enum_type=BotMode,
                        max_length=8,
                    ),
                ),
                (
                    "counted_kinds",
                    ArrayField(
                        default=list_counted_by_default,
                        description="what `conversions` counts: names of tracking.conversions.kinds.ConversionKind",
                        db_default=SqlDefault("'{LEAD,SALE,INSTALL,SIGNUP,CUSTOM}'"),
                        element_type="TEXT",
                    ),
                ),
                (
                    "approves_unverified",
                    fields.BooleanField(default=False, description="nobody looks at them first", db_default=False),
                ),
                (
                    "cap_per_link_hour",
                    fields.IntField(
                        default=10000,
                        description="of conversions that no server proved, before a person looks",
                        db_default=10000,
                    ),
                ),
                (
                    "snippet_origins",
                    ArrayField(
                        default=list,
                        description="where the snippets may run; none: anywhere",
                        db_default=SqlDefault("'{}'"),
                        element_type="TEXT",
                    ),
                ),
                (
                    "conversions_since",
                    fields.DatetimeField(
                        null=True,
                        description="the first snippet key, secret or conversion (LO16)",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                (
                    "interstitial",
                    fields.TextField(
                        null=True, description="JSON of tracking.interstitials.rules.Interstitial", unique=False
                    ),
                ),
                (
                    "branding",
                    fields.TextField(
                        null=True,
                        description="JSON of tracking.interstitials.rules.Branding, for our pages",
                        unique=False,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "account", "app": "tracking", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ApiKey",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("prefix", fields.CharField(unique=True, max_length=16)),
                ("secret_sha256", fields.BinaryField()),
                ("scopes", ArrayField(element_type="TEXT")),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "api_key",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "A key is shown once; only its SHA-256 is kept. The prefix finds the row, the hash decides.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="BotPolicyVersion",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("campaign_id", fields.BigIntField(null=True)),
                ("link_id", fields.BigIntField(null=True)),
                (
                    "overrides",
                    fields.TextField(description="JSON of tracking.bots.policies.rules.Overrides", unique=False),
                ),
                (
                    "effective_at",
                    fields.DatetimeField(
                        description="clicks that happened from then on", auto_now=False, auto_now_add=False
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "bot_policy_version",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "Of the account, or of one of its campaigns or links; it replaces the version before it as a whole.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Contact",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("external_id", fields.CharField(max_length=200)),
                ("name", fields.CharField(default="", max_length=200)),
                (
                    "share_url",
                    fields.CharField(
                        null=True, description="where the contact's own SHARE link leads", max_length=2048
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "contact",
                "app": "tracking",
                "unique_together": (("account_id", "external_id"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Correction",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="RESCORE: RESCORE\nRECLASSIFY: RECLASSIFY\nUNDO: UNDO",
                        enum_type=CorrectionKind,
                        max_length=16,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        default=CorrectionStatus.COMPARING,
                        description="COMPARING: COMPARING\nCOMPARED: COMPARED\nAPPLYING: APPLYING\nAPPLIED: APPLIED\nFAILED: FAILED",
                        enum_type=CorrectionStatus,
                        max_length=16,
                    ),
                ),
                ("is_dry_run", fields.BooleanField()),
                ("wanted", fields.TextField(description="JSON of the clicks that are meant", unique=False)),
                ("ruleset", fields.SmallIntField(null=True, description="of a RESCORE")),
                ("verdict", fields.SmallIntField(null=True, description="of a RECLASSIFY")),
                ("note", fields.CharField(default="", max_length=500)),
                ("actor_kind", fields.CharField(default="SYSTEM", description="who asked for it", max_length=16)),
                ("actor_id", fields.BigIntField(null=True)),
                ("undoes_id", fields.BigIntField(null=True, description="the RECLASSIFY that an UNDO takes back")),
                ("until_click_id", fields.UUIDField(description="later clicks are not meant")),
                (
                    "stored_since",
                    fields.DatetimeField(
                        null=True,
                        description="of the account's oldest click that was still stored",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                ("compared_to", fields.UUIDField(null=True, description="the last click that was compared")),
                ("applied_to", fields.UUIDField(null=True, description="the last click that was applied")),
                ("examined_clicks", fields.BigIntField(default=0)),
                ("changing_clicks", fields.BigIntField(default=0, description="by the comparison")),
                ("applied_clicks", fields.BigIntField(default=0)),
                ("failure", fields.CharField(null=True, max_length=500)),
                ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "correction", "app": "tracking", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CorrectionChange",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "correction",
                    fields.ForeignKeyField(
                        "tracking.Correction",
                        source_field="correction_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="changes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("campaign_id", fields.BigIntField(null=True)),
                ("creator_id", fields.BigIntField(null=True)),
                (
                    "amounts",
                    fields.TextField(
                        description="JSON: by the name of a counter, what it was and what is added to it", unique=False
                    ),
                ),
            ],
            options={
                "table": "correction_change",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "What a correction does to the counts of one creator in one campaign.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Creative",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                (
                    "external_id",
                    fields.CharField(null=True, description="the brand's own id of the creative", max_length=200),
                ),
                ("archived_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "creative", "app": "tracking", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Creator",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "public_id",
                    fields.CharField(
                        unique=True,
                        description="opaque; stands in destinations where no member id is set",
                        max_length=16,
                    ),
                ),
                ("handle", fields.CharField(max_length=100)),
                ("name", fields.CharField(default="", max_length=200)),
                ("external_id", fields.CharField(null=True, description="the brand's own member id", max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "creator", "app": "tracking", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CreatorNotice",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("account_id", fields.BigIntField()),
                (
                    "creator",
                    fields.ForeignKeyField(
                        "tracking.Creator",
                        source_field="creator_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="LINK_ARCHIVED: LINK_ARCHIVED\nLINK_REPLACED: LINK_REPLACED\nLINK_DESTINATION_BROKEN: LINK_DESTINATION_BROKEN",
                        enum_type=NoticeKind,
                        max_length=32,
                    ),
                ),
                ("link_id", fields.BigIntField()),
                ("replacement_id", fields.BigIntField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "creator_notice",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "What a creator should know about a link of theirs (LS8).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CreatorProfile",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("account_id", fields.BigIntField()),
                (
                    "creator",
                    fields.ForeignKeyField(
                        "tracking.Creator",
                        source_field="creator_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "platform",
                    fields.CharEnumField(
                        description="INSTAGRAM: INSTAGRAM\nTIKTOK: TIKTOK\nYOUTUBE: YOUTUBE\nX: X\nFACEBOOK: FACEBOOK\nSNAPCHAT: SNAPCHAT\nPINTEREST: PINTEREST\nTWITCH: TWITCH\nLINKEDIN: LINKEDIN\nTHREADS: THREADS\nPODCAST: PODCAST\nBLOG: BLOG\nNEWSLETTER: NEWSLETTER\nOTHER: OTHER",
                        enum_type=Platform,
                        max_length=16,
                    ),
                ),
                ("handle", fields.CharField(max_length=100)),
                ("url", fields.CharField(null=True, max_length=2048)),
            ],
            options={
                "table": "creator_profile",
                "app": "tracking",
                "unique_together": (("creator_id", "platform", "handle"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ExportSchedule",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                (
                    "kind",
                    fields.CharEnumField(
                        description="LINKS_SUMMARY: LINKS_SUMMARY\nACTIONS_ALL_TYPES: ACTIONS_ALL_TYPES\nUSER_ACTIVITY_ALL: USER_ACTIVITY_ALL\nUSER_ACTIVITY_BY_TYPE: USER_ACTIVITY_BY_TYPE\nCONTACTS: CONTACTS\nCREATOR_PROFILE: CREATOR_PROFILE\nCAMPAIGN_PERFORMANCE: CAMPAIGN_PERFORMANCE\nCLICKS: CLICKS\nCONVERSIONS: CONVERSIONS\nPAYOUTS: PAYOUTS\nSEGMENT: SEGMENT",
                        enum_type=ExportKind,
                        max_length=24,
                    ),
                ),
                (
                    "format",
                    fields.CharEnumField(
                        description="CSV: CSV\nJSON_LINES: JSON_LINES\nXLSX: XLSX\nPARQUET: PARQUET",
                        enum_type=ExportFormat,
                        max_length=12,
                    ),
                ),
                (
                    "parameters",
                    fields.JSONField(
                        description="as of exports; a preset range is resolved at each run",
                        encoder=functools.partial(dumps, separators=(",", ":")),
                        decoder=loads,
                    ),
                ),
                (
                    "cron",
                    fields.CharField(description="minute, hour, day of month, month, day of week", max_length=100),
                ),
                ("is_paused", fields.BooleanField(default=False)),
                (
                    "next_run_at",
                    fields.DatetimeField(
                        null=True, description="null: never again", auto_now=False, auto_now_add=False
                    ),
                ),
                ("last_run_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("actor_kind", fields.CharField(default="SYSTEM", description="who made it", max_length=16)),
                ("actor_id", fields.BigIntField(null=True)),
                ("deleted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "export_schedule",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "Asks for an export again and again, by the clock of the account's time zone.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Export",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="LINKS_SUMMARY: LINKS_SUMMARY\nACTIONS_ALL_TYPES: ACTIONS_ALL_TYPES\nUSER_ACTIVITY_ALL: USER_ACTIVITY_ALL\nUSER_ACTIVITY_BY_TYPE: USER_ACTIVITY_BY_TYPE\nCONTACTS: CONTACTS\nCREATOR_PROFILE: CREATOR_PROFILE\nCAMPAIGN_PERFORMANCE: CAMPAIGN_PERFORMANCE\nCLICKS: CLICKS\nCONVERSIONS: CONVERSIONS\nPAYOUTS: PAYOUTS\nSEGMENT: SEGMENT",
                        enum_type=ExportKind,
                        max_length=24,
                    ),
                ),
                (
                    "format",
                    fields.CharEnumField(
                        description="CSV: CSV\nJSON_LINES: JSON_LINES\nXLSX: XLSX\nPARQUET: PARQUET",
                        enum_type=ExportFormat,
                        max_length=12,
                    ),
                ),
                (
                    "parameters",
                    fields.JSONField(
                        description="as they were asked for, ids as numbers, ranges resolved",
                        encoder=functools.partial(dumps, separators=(",", ":")),
                        decoder=loads,
                    ),
                ),
                (
                    "schedule",
                    fields.ForeignKeyField(
                        "tracking.ExportSchedule",
                        source_field="schedule_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "due_at",
                    fields.DatetimeField(
                        null=True,
                        description="of a schedule's: the run that it is, once each",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        default=ExportStatus.QUEUED,
                        description="QUEUED: QUEUED\nRUNNING: RUNNING\nCOMPLETED: COMPLETED\nFAILED: FAILED\nEXPIRED: EXPIRED",
                        enum_type=ExportStatus,
                        max_length=16,
                    ),
                ),
                ("failure", fields.CharField(null=True, max_length=500)),
                ("actor_kind", fields.CharField(default="SYSTEM", description="who asked for it", max_length=16)),
                ("actor_id", fields.BigIntField(null=True)),
                (
                    "attempt",
                    fields.UUIDField(null=True, description="of those that tried, the last: its chunks are the file"),
                ),
                ("rows_total", fields.BigIntField(null=True, description="an estimate while it runs")),
                ("rows_done", fields.BigIntField(default=0)),
                ("size_bytes", fields.BigIntField(null=True)),
                ("sha256", fields.BinaryField(null=True)),
                (
                    "as_of",
                    fields.DatetimeField(
                        null=True,
                        description="what was received until then is in it",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                (
                    "expires_at",
                    fields.DatetimeField(
                        null=True, description="when its file is deleted", auto_now=False, auto_now_add=False
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("started_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "export",
                "app": "tracking",
                "unique_together": (("schedule_id", "due_at"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ExportChunk",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "export",
                    fields.ForeignKeyField(
                        "tracking.Export",
                        source_field="export_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("attempt", fields.UUIDField()),
                ("number", fields.IntField()),
                ("first_byte", fields.BigIntField()),
                ("size_bytes", fields.IntField(description="of what it holds, not compressed")),
                ("content", fields.BinaryField(description="zlib")),
            ],
            options={
                "table": "export_chunk",
                "app": "tracking",
                "unique_together": (("export_id", "attempt", "number"),),
                "pk_attr": "id",
                "table_description": "A piece of what one attempt wrote, compressed by itself, so that a download may begin at any byte.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="FollowerCount",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("account_id", fields.BigIntField()),
                (
                    "profile",
                    fields.ForeignKeyField(
                        "tracking.CreatorProfile",
                        source_field="profile_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("counted_on", fields.DateField()),
                ("followers", fields.BigIntField()),
            ],
            options={
                "table": "follower_count",
                "app": "tracking",
                "unique_together": (("profile_id", "counted_on"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HistoryEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("account_id", fields.BigIntField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "actor_kind",
                    fields.CharEnumField(
                        description="API_KEY: API_KEY\nUSER: USER\nCREATOR: CREATOR\nSYSTEM: SYSTEM",
                        enum_type=ActorKind,
                        max_length=16,
                    ),
                ),
                ("actor_id", fields.BigIntField(null=True)),
                ("subject_type", fields.CharField(description="the type's name in the graph", max_length=32)),
                ("subject_id", fields.BigIntField()),
                ("action", fields.CharField(max_length=32)),
                (
                    "before",
                    fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                (
                    "after",
                    fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
            ],
            options={
                "table": "history_entry",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "Append-only. `before` and `after` hold only the fields that changed, by their names in the graph.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="HostingList",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(description="of the provider", max_length=100)),
                ("networks", fields.TextField(description="one CIDR a line, sorted and merged", unique=False)),
                ("network_count", fields.IntField()),
                ("archived_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "hosting_list",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "Every network of one provider, as one of its files named them; a new file takes the place of the old one.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="IdempotentRequest",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("key", fields.CharField(max_length=255)),
                ("operation", fields.CharField(max_length=64)),
                ("input_sha256", fields.BinaryField()),
                ("result_ids", ArrayField(element_type="BIGINT")),
                (
                    "answer",
                    fields.TextField(
                        null=True, description="JSON, of mutations that answer more than ids", unique=False
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "idempotent_request",
                "app": "tracking",
                "unique_together": (("account_id", "operation", "key"),),
                "pk_attr": "id",
                "table_description": "The answer to a mutation that carried an idempotency key: the same key and input answer the same again.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Import",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="CREATORS: CREATORS\nCAMPAIGN_CREATORS: CAMPAIGN_CREATORS\nLINKS: LINKS\nCONTACTS: CONTACTS\nCONVERSIONS: CONVERSIONS",
                        enum_type=ImportKind,
                        max_length=20,
                    ),
                ),
                (
                    "format",
                    fields.CharEnumField(
                        description="CSV: CSV\nJSON_LINES: JSON_LINES", enum_type=ImportFormat, max_length=12
                    ),
                ),
                (
                    "campaign_id",
                    fields.BigIntField(null=True, description="of CAMPAIGN_CREATORS, where no column names it"),
                ),
                ("is_dry_run", fields.BooleanField(default=False)),
                (
                    "status",
                    fields.CharEnumField(
                        default=ImportStatus.AWAITING_UPLOAD,
                        description="AWAITING_UPLOAD: AWAITING_UPLOAD\nQUEUED: QUEUED\nRUNNING: RUNNING\nCOMPLETED: COMPLETED\nFAILED: FAILED",
                        enum_type=ImportStatus,
                        max_length=16,
                    ),
                ),
                ("failure", fields.CharField(null=True, max_length=500)),
                (
                    "actor_kind",
                    fields.CharField(default="SYSTEM", description="who asked for it, for the history", max_length=16),
                ),
                ("actor_id", fields.BigIntField(null=True)),
                ("upload_expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "upload_attempt",
                    fields.UUIDField(null=True, description="whose chunks are the file; null until it is complete"),
                ),
                ("size_bytes", fields.BigIntField(null=True)),
                ("sha256", fields.BinaryField(null=True)),
                (
                    "columns",
                    fields.JSONField(
                        null=True,
                        description="the header as it came, once it was read",
                        encoder=functools.partial(dumps, separators=(",", ":")),
                        decoder=loads,
                    ),
                ),
                ("rows_total", fields.BigIntField(null=True)),
                ("rows_done", fields.BigIntField(default=0)),
                ("created", fields.BigIntField(default=0)),
                ("updated", fields.BigIntField(default=0)),
                ("unchanged", fields.BigIntField(default=0)),
                ("bad", fields.BigIntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("started_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={"table": "import", "app": "tracking", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ImportChunk",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "of_import",
                    fields.ForeignKeyField(
                        "tracking.Import",
                        source_field="of_import_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("attempt", fields.UUIDField()),
                ("number", fields.IntField()),
                ("content", fields.BinaryField()),
            ],
            options={
                "table": "import_chunk",
                "app": "tracking",
                "unique_together": (("of_import_id", "attempt", "number"),),
                "pk_attr": "id",
                "table_description": "A piece of what one attempt uploaded; deleted once the import has ended.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ImportProblem",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "of_import",
                    fields.ForeignKeyField(
                        "tracking.Import",
                        source_field="of_import_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "line",
                    fields.BigIntField(
                        description="from 1, the header's included; of a quoted newline the row's first"
                    ),
                ),
                ("column", fields.CharField(default="", max_length=64)),
                ("value", fields.CharField(default="", max_length=500)),
                ("code", fields.CharField(max_length=32)),
                ("message", fields.CharField(max_length=500)),
                (
                    "row",
                    fields.JSONField(
                        null=True,
                        description="of the first problem of a row",
                        encoder=functools.partial(dumps, separators=(",", ":")),
                        decoder=loads,
                    ),
                ),
            ],
            options={
                "table": "import_problem",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "One thing wrong with one row. `row` is the row as it came, for the file of bad rows.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Message",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                (
                    "channel",
                    fields.CharEnumField(
                        description="BROADCAST_SMS: BROADCAST_SMS\nPEER_TO_PEER: PEER_TO_PEER\nFRIEND_TO_FRIEND: FRIEND_TO_FRIEND\nEMAIL: EMAIL\nSOCIAL: SOCIAL\nOPEN_WEBPAGE: OPEN_WEBPAGE",
                        enum_type=Channel,
                        max_length=20,
                    ),
                ),
                ("template", fields.TextField(description="with merge tags", unique=False)),
                ("campaign_id", fields.BigIntField(null=True)),
                ("creative_id", fields.BigIntField(null=True)),
                ("variant", fields.CharField(default="", description="of an A/B test, such as A", max_length=64)),
                (
                    "sharer_id",
                    fields.BigIntField(null=True, description="the user who sends it, credited with its clicks (IM11)"),
                ),
                ("domain_id", fields.BigIntField(description="that its links live on")),
                ("tracks_plain_urls", fields.BooleanField(default=False)),
                (
                    "action_page_url",
                    fields.CharField(null=True, description="where its ACTION_PAGE link leads", max_length=2048),
                ),
                (
                    "opt_out_url",
                    fields.CharField(
                        null=True, description="where {{ opt_out }} leads, untracked (TR24)", max_length=2048
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        default=MessageStatus.PREPARING,
                        description="PREPARING: PREPARING\nPREPARED: PREPARED\nFAILED: FAILED",
                        enum_type=MessageStatus,
                        max_length=16,
                    ),
                ),
                ("failure", fields.CharField(null=True, max_length=500)),
                (
                    "is_html",
                    fields.BooleanField(default=False, description="what is put into the text is escaped for HTML"),
                ),
                (
                    "every_contact_until",
                    fields.BigIntField(
                        null=True, description="for every contact up to this id, which are added bit by bit"
                    ),
                ),
                ("every_contact_done", fields.BigIntField(default=0, description="how far that has come")),
                (
                    "segment_definition",
                    fields.JSONField(
                        null=True,
                        description="of every contact only those whom this meant",
                        encoder=functools.partial(dumps, separators=(",", ":")),
                        decoder=loads,
                    ),
                ),
                (
                    "segment_at",
                    fields.DatetimeField(null=True, description="at this moment", auto_now=False, auto_now_add=False),
                ),
                ("recipients", fields.BigIntField(default=0)),
                ("prepared", fields.BigIntField(default=0, description="how many recipients have their links")),
                ("prepared_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "message", "app": "tracking", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Delivery",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("account_id", fields.BigIntField()),
                (
                    "message",
                    fields.ForeignKeyField(
                        "tracking.Message",
                        source_field="message_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("contact_id", fields.BigIntField()),
                (
                    "status",
                    fields.CharEnumField(
                        description="SENT: SENT\nDELIVERED: DELIVERED\nFAILED: FAILED\nBOUNCED: BOUNCED",
                        enum_type=DeliveryStatus,
                        max_length=16,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "delivery",
                "app": "tracking",
                "unique_together": (("message_id", "contact_id"),),
                "pk_attr": "id",
                "table_description": "What the sender told of one recipient; a later report of the same one replaces an earlier.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MessageRecipient",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "message",
                    fields.ForeignKeyField(
                        "tracking.Message",
                        source_field="message_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("position", fields.IntField()),
                ("contact_id", fields.BigIntField(null=True)),
                ("creator_id", fields.BigIntField(null=True)),
                ("is_prepared", fields.BooleanField(default=False)),
            ],
            options={
                "table": "message_recipient",
                "app": "tracking",
                "unique_together": (("message_id", "position"),),
                "pk_attr": "id",
                "table_description": "A contact, or a creator, that a message was prepared for; `position` is the order they were named in.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MessageSlot",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "message",
                    fields.ForeignKeyField(
                        "tracking.Message",
                        source_field="message_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("number", fields.SmallIntField(description="from 1")),
                ("tag", fields.CharField(description="what stands in the template for it", max_length=200)),
                ("destination_url", fields.CharField(max_length=2048)),
                ("offer_id", fields.BigIntField(null=True)),
                (
                    "deliverable_id",
                    fields.BigIntField(null=True, description="whose links creators get, each their own"),
                ),
                (
                    "is_honeypot",
                    fields.BooleanField(default=False, description="no person sees its links", db_default=False),
                ),
            ],
            options={
                "table": "message_slot",
                "app": "tracking",
                "unique_together": (("message_id", "number"),),
                "pk_attr": "id",
                "table_description": "A place in the text for a link of its own per recipient, or for the one link that every recipient gets.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Offer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                (
                    "external_id",
                    fields.CharField(null=True, description="the brand's own id of the offer", max_length=200),
                ),
                ("destination_url", fields.CharField(max_length=2048)),
                ("currency", fields.CharField(null=True, description="ISO 4217; null: the account's", max_length=3)),
                ("attribution_window_s", fields.BigIntField(null=True, description="null: the account's")),
                (
                    "attribution_model",
                    fields.CharEnumField(
                        null=True, description="null: the account's", enum_type=AttributionModel, max_length=16
                    ),
                ),
                (
                    "events",
                    fields.TextField(
                        default="[]",
                        description="JSON of a list of tracking.offers.events.OfferEvent",
                        db_default=SqlDefault("'[]'"),
                        unique=False,
                    ),
                ),
                (
                    "interstitial_mode",
                    fields.CharEnumField(
                        default=InterstitialMode.NONE,
                        description="CUSTOM: CUSTOM\nLIST_DEFAULT: LIST_DEFAULT\nNONE: NONE",
                        db_default="NONE",
                        enum_type=InterstitialMode,
                        max_length=16,
                    ),
                ),
                (
                    "interstitial",
                    fields.TextField(
                        null=True,
                        description="JSON of tracking.interstitials.rules.Interstitial: CUSTOM's",
                        unique=False,
                    ),
                ),
                ("archived_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "offer", "app": "tracking", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PostbackSecret",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("account_id", fields.BigIntField()),
                (
                    "offer",
                    fields.ForeignKeyField(
                        "tracking.Offer",
                        source_field="offer_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "place",
                    fields.SmallIntField(
                        description="1 or 2: two may be live, so that one can be replaced by the other"
                    ),
                ),
                ("prefix", fields.CharField(unique=True, max_length=16)),
                ("secret_sha256", fields.BinaryField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "postback_secret",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "Of an offer. It is shown once; only its SHA-256 is kept. The prefix finds the row, the hash decides.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Segment",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                (
                    "definition",
                    fields.JSONField(
                        description="messages, and what was done with them",
                        encoder=functools.partial(dumps, separators=(",", ":")),
                        decoder=loads,
                    ),
                ),
                ("archived_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "segment",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "A question, not a list: who is in it is found when it is asked.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SigningKey",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("place", fields.SmallIntField(description="1 or 2, as of postback secrets")),
                (
                    "key_name",
                    fields.CharField(unique=True, description="names the key beside a signature", max_length=16),
                ),
                ("sealed_key", fields.BinaryField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "signing_key",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "Of an account. Whoever checks a signature needs the key itself, so it is kept, sealed with SECRETS_KEYS.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SnippetKey",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("place", fields.SmallIntField(description="1 or 2, as of postback secrets")),
                ("key", fields.CharField(unique=True, description="as it stands in the snippets", max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "snippet_key",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "Of an account. Two may be live, so that one can be replaced by the other.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TrackingDomain",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "host",
                    fields.CharField(description="lower case, punycode, no port, no trailing dot", max_length=253),
                ),
                ("verified_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("has_tls", fields.BooleanField(default=False)),
                ("is_default", fields.BooleanField(default=False)),
                (
                    "verification_token",
                    fields.CharField(null=True, description="value of the TXT record that proves it", max_length=64),
                ),
                ("checked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "failed_checks",
                    fields.IntField(default=0, description="in a row, since the record was last seen", db_default=0),
                ),
                (
                    "points_here",
                    fields.BooleanField(
                        null=True, description="whether its address records lead here; null: not looked yet"
                    ),
                ),
                (
                    "found_records",
                    fields.JSONField(
                        default=dict,
                        description="what the last check saw, by record type",
                        db_default=SqlDefault("'{}'"),
                        encoder=functools.partial(dumps, separators=(",", ":")),
                        decoder=loads,
                    ),
                ),
                ("archived_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "tracking_domain", "app": "tracking", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Campaign",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                (
                    "status",
                    fields.CharEnumField(
                        default=CampaignStatus.DRAFT,
                        description="DRAFT: DRAFT\nACTIVE: ACTIVE\nPAUSED: PAUSED\nCOMPLETED: COMPLETED\nARCHIVED: ARCHIVED",
                        enum_type=CampaignStatus,
                        max_length=16,
                    ),
                ),
                ("starts_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("tags", ArrayField(default=list, element_type="TEXT")),
                (
                    "external_id",
                    fields.CharField(null=True, description="the brand's own id of the campaign", max_length=200),
                ),
                (
                    "end_behaviour",
                    fields.CharEnumField(
                        default=EndBehaviour.CONTINUE,
                        description="CONTINUE: CONTINUE\nFALLBACK: FALLBACK",
                        db_default="CONTINUE",
                        enum_type=EndBehaviour,
                        max_length=16,
                    ),
                ),
                (
                    "fallback_url",
                    fields.CharField(null=True, description="where links lead once it is over", max_length=2048),
                ),
                (
                    "domain",
                    fields.ForeignKeyField(
                        "tracking.TrackingDomain",
                        source_field="domain_id",
                        null=True,
                        description="of new links; else the default",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "join_url",
                    fields.CharField(null=True, description="where its CAMPAIGN_JOIN link leads", max_length=2048),
                ),
                ("opt_in_url", fields.CharField(null=True, description="where its OPT_IN link leads", max_length=2048)),
                (
                    "bot_mode",
                    fields.CharEnumField(null=True, description="null: the account's", enum_type=BotMode, max_length=8),
                ),
                ("attribution_window_s", fields.BigIntField(null=True, description="null: the account's")),
                ("counted_kinds", ArrayField(null=True, description="null: the account's", element_type="TEXT")),
                (
                    "interstitial",
                    fields.TextField(null=True, description="as of accounts; null: the account's", unique=False),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "campaign", "app": "tracking", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CampaignCreator",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("account_id", fields.BigIntField()),
                (
                    "campaign",
                    fields.ForeignKeyField(
                        "tracking.Campaign",
                        source_field="campaign_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "creator",
                    fields.ForeignKeyField(
                        "tracking.Creator",
                        source_field="creator_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "stage",
                    fields.CharEnumField(
                        default=Stage.APPLIED,
                        description="APPLIED: APPLIED\nACCEPTED: ACCEPTED\nACTIVE: ACTIVE\nCOMPLETED: COMPLETED\nDECLINED: DECLINED",
                        enum_type=Stage,
                        max_length=16,
                    ),
                ),
                ("added_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("stage_changed_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                (
                    "profile_id",
                    fields.BigIntField(null=True, description="whose followers are the audience; null: found by rule"),
                ),
                (
                    "deal_currency",
                    fields.CharField(null=True, description="ISO 4217; null: no deal is noted", max_length=3),
                ),
                ("flat_fee_minor", fields.BigIntField(null=True)),
                ("gift_value_minor", fields.BigIntField(null=True)),
                (
                    "commission_rate",
                    fields.DecimalField(null=True, description="of revenue, 0 to 1", max_digits=7, decimal_places=6),
                ),
                ("commission_minor", fields.BigIntField(null=True, description="for each conversion")),
            ],
            options={
                "table": "campaign_creator",
                "app": "tracking",
                "unique_together": (("campaign_id", "creator_id"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Post",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("account_id", fields.BigIntField()),
                (
                    "campaign_creator",
                    fields.ForeignKeyField(
                        "tracking.CampaignCreator",
                        source_field="campaign_creator_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "platform",
                    fields.CharEnumField(
                        description="INSTAGRAM: INSTAGRAM\nTIKTOK: TIKTOK\nYOUTUBE: YOUTUBE\nX: X\nFACEBOOK: FACEBOOK\nSNAPCHAT: SNAPCHAT\nPINTEREST: PINTEREST\nTWITCH: TWITCH\nLINKEDIN: LINKEDIN\nTHREADS: THREADS\nPODCAST: PODCAST\nBLOG: BLOG\nNEWSLETTER: NEWSLETTER\nOTHER: OTHER",
                        enum_type=Platform,
                        max_length=16,
                    ),
                ),
                ("url", fields.CharField(max_length=2048)),
                ("published_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "post",
                "app": "tracking",
                "unique_together": (("campaign_creator_id", "url"),),
                "pk_attr": "id",
                "table_description": "What a creator published for a campaign, and the links that it carries (CU8).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PostLink",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "post",
                    fields.ForeignKeyField(
                        "tracking.Post",
                        source_field="post_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("link_id", fields.BigIntField()),
            ],
            options={
                "table": "post_link",
                "app": "tracking",
                "unique_together": (("post_id", "link_id"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ReportPage",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "campaign",
                    fields.ForeignKeyField(
                        "tracking.Campaign",
                        source_field="campaign_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "creator",
                    fields.ForeignKeyField(
                        "tracking.Creator",
                        source_field="creator_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(default="", max_length=200)),
                ("shows_money", fields.BooleanField(default=False, description="conversions' value and costs, too")),
                ("token_prefix", fields.CharField(unique=True, max_length=16)),
                ("token_sha256", fields.BinaryField()),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_opened_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("actor_kind", fields.CharField(max_length=16)),
                ("actor_id", fields.BigIntField(null=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "report_page",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "Of a campaign, or of one creator (in one campaign, or in all).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Statement",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "campaign",
                    fields.ForeignKeyField(
                        "tracking.Campaign",
                        source_field="campaign_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField(description="from 1, in each campaign")),
                ("starts_at", fields.DatetimeField(description="inclusive", auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(description="exclusive", auto_now=False, auto_now_add=False)),
                ("content", fields.TextField(description="canonical JSON", unique=False)),
                ("sha256", fields.BinaryField(description="of the content, which says the hash of the one before")),
                ("actor_kind", fields.CharField(max_length=16)),
                ("actor_id", fields.BigIntField(null=True)),
                ("closed_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "statement",
                "app": "tracking",
                "unique_together": (("campaign_id", "number"),),
                "pk_attr": "id",
                "table_description": "A trigger refuses changes. `content` is the text that was hashed, byte for byte.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TrackingDeliverable",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("account_id", fields.BigIntField()),
                (
                    "campaign",
                    fields.ForeignKeyField(
                        "tracking.Campaign",
                        source_field="campaign_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "domain",
                    fields.ForeignKeyField(
                        "tracking.TrackingDomain",
                        source_field="domain_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                ("destination_url", fields.CharField(max_length=2048)),
                (
                    "slug_template",
                    fields.CharField(
                        null=True, description="such as {campaign}-{creator}; else random slugs", max_length=100
                    ),
                ),
                ("archived_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "tracking_deliverable", "app": "tracking", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Link",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "domain",
                    fields.ForeignKeyField(
                        "tracking.TrackingDomain",
                        source_field="domain_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("slug", fields.CharField(max_length=100)),
                ("is_readable", fields.BooleanField(default=False, description="lower case, found in any case")),
                (
                    "kind",
                    fields.CharEnumField(
                        description="CAMPAIGN: CAMPAIGN\nCREATOR: CREATOR\nCUSTOM: CUSTOM\nSYSTEM: SYSTEM\nRECIPIENT: RECIPIENT",
                        enum_type=LinkKind,
                        max_length=16,
                    ),
                ),
                (
                    "system_kind",
                    fields.CharEnumField(
                        null=True,
                        description="CAMPAIGN_JOIN: CAMPAIGN_JOIN\nOPT_IN: OPT_IN\nACTION_PAGE: ACTION_PAGE\nSHARE: SHARE",
                        enum_type=SystemLinkKind,
                        max_length=16,
                    ),
                ),
                (
                    "query_policy",
                    fields.CharEnumField(
                        default=QueryPolicy.IGNORE,
                        description="IGNORE: IGNORE\nKEEP: KEEP\nOVERWRITE: OVERWRITE\nAPPEND: APPEND",
                        db_default="IGNORE",
                        enum_type=QueryPolicy,
                        max_length=16,
                    ),
                ),
                (
                    "is_test",
                    fields.BooleanField(
                        default=False, description="every click on it is of class TEST", db_default=False
                    ),
                ),
                ("is_honeypot", fields.BooleanField(default=False, description="no person sees it", db_default=False)),
                (
                    "bot_mode",
                    fields.CharEnumField(
                        null=True, description="null: the campaign's, the account's", enum_type=BotMode, max_length=8
                    ),
                ),
                ("destination_url", fields.CharField(max_length=2048)),
                ("is_destination_overridden", fields.BooleanField(default=False)),
                ("label", fields.CharField(default="", max_length=200)),
                ("tags", ArrayField(default=list, element_type="TEXT")),
                (
                    "campaign",
                    fields.ForeignKeyField(
                        "tracking.Campaign",
                        source_field="campaign_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "creator",
                    fields.ForeignKeyField(
                        "tracking.Creator",
                        source_field="creator_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "deliverable",
                    fields.ForeignKeyField(
                        "tracking.TrackingDeliverable",
                        source_field="deliverable_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("message_id", fields.BigIntField(null=True)),
                ("slot", fields.SmallIntField(null=True)),
                ("contact_id", fields.BigIntField(null=True)),
                ("offer_id", fields.BigIntField(null=True)),
                ("sharer_id", fields.BigIntField(null=True, description="the user who is credited for its clicks")),
                (
                    "referring_contact_id",
                    fields.BigIntField(null=True, description="whose SHARE link it is; visitors are anybody"),
                ),
                (
                    "is_destination_broken",
                    fields.BooleanField(null=True, description="what the last check found; null: not looked yet"),
                ),
                ("destination_checked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "destination_finding",
                    fields.CharField(null=True, description="why it counts as broken", max_length=200),
                ),
                (
                    "replaced_by",
                    fields.ForeignKeyField(
                        "tracking.Link",
                        source_field="replaced_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="replaces",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("archived_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "deleted_at",
                    fields.DatetimeField(
                        null=True,
                        description="of a CUSTOM link: stopped and hidden, its clicks stay",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "link", "app": "tracking", "unique_together": (("domain_id", "slug"),), "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Coupon",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("code", fields.CharField(max_length=64)),
                (
                    "link",
                    fields.ForeignKeyField(
                        "tracking.Link",
                        source_field="link_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("archived_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "coupon",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "A code is in use once in an account, in any case; an archived one may be given to another link.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="User",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "account",
                    fields.ForeignKeyField(
                        "tracking.Account",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("name", fields.CharField(max_length=200)),
                (
                    "external_id",
                    fields.CharField(null=True, description="the brand's own id of the person", max_length=200),
                ),
                (
                    "role",
                    fields.CharEnumField(
                        default=Role.VIEWER,
                        description="ADMIN: ADMIN\nEDITOR: EDITOR\nVIEWER: VIEWER",
                        enum_type=Role,
                        max_length=16,
                    ),
                ),
                ("archived_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "user_of_account",
                "app": "tracking",
                "pk_attr": "id",
                "table_description": "A person of the account; may share links, and be credited with their clicks (IM6, IM11).",
            },
            bases=["Model"],
        ),
    ]
