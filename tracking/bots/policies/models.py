"""Versions of bot policies. A version is never changed: what was in force at a moment can always be told."""

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class BotPolicyVersion(Model):
    """Of the account, or of one of its campaigns or links; it replaces the version before it as a whole."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    campaign_id = fields.BigIntField(null=True)
    link_id = fields.BigIntField(null=True)
    overrides = fields.TextField(description="JSON of tracking.bots.policies.rules.Overrides")
    effective_at = fields.DatetimeField(description="clicks that happened from then on")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "bot_policy_version"
