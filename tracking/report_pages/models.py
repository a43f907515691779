"""Report pages: addresses at which whoever knows them reads a report, without a login, until they expire."""

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign
from tracking.creators.models import Creator


class ReportPage(Model):
    """Of a campaign, or of one creator (in one campaign, or in all)."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    campaign: fields.ForeignKeyNullableRelation[Campaign] = fields.ForeignKeyField(
        "tracking.Campaign", null=True, on_delete=fields.RESTRICT
    )
    campaign_id: int | None
    creator: fields.ForeignKeyNullableRelation[Creator] = fields.ForeignKeyField(
        "tracking.Creator", null=True, on_delete=fields.RESTRICT
    )
    creator_id: int | None
    name = fields.CharField(max_length=200, default="")
    shows_money = fields.BooleanField(default=False, description="conversions' value and costs, too")
    token_prefix = fields.CharField(max_length=16, unique=True)
    token_sha256 = fields.BinaryField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    last_opened_at = fields.DatetimeField(null=True)
    actor_kind = fields.CharField(max_length=16)
    actor_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "report_page"
