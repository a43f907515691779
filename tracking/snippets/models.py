"""The publishable keys of accounts: who has seen a page of the brand knows its key, so that it proves nothing."""

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class SnippetKey(Model):
    """Of an account. Two may be live, so that one can be replaced by the other."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    place = fields.SmallIntField(description="1 or 2, as of postback secrets")
    key = fields.CharField(max_length=64, unique=True, description="as it stands in the snippets")
    created_at = fields.DatetimeField(auto_now_add=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "snippet_key"
