"""When an endpoint failed last: who was not called for long has not failed since before it."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("tracking", "0011_webhooks")]

    operations = [
        ops.AddField(
            model_name="WebhookEndpoint",
            name="last_failure_at",
            field=fields.DatetimeField(null=True, description="or somewhat earlier", auto_now=False, auto_now_add=False),
        ),
    ]
