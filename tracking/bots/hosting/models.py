"""Networks of hosting providers that an account supplies; the operator's own come from files."""

from tortoise import fields
from tortoise.models import Model

from tracking.accounts.models import Account


class HostingList(Model):
    """Every network of one provider, as one of its files named them; a new file takes the place of the old one."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=100, description="of the provider")
    networks = fields.TextField(description="one CIDR a line, sorted and merged")
    network_count = fields.IntField()
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "hosting_list"
