"""Offers: what a link sells and what its events pay, and the secrets by which others may report those events."""

from tortoise import fields
from tortoise.fields.db_defaults import SqlDefault
from tortoise.models import Model

from tracking.accounts.models import Account, AttributionModel
from tracking.interstitials.rules import InterstitialMode


class Offer(Model):
    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    name = fields.CharField(max_length=200)
    external_id = fields.CharField(max_length=200, null=True, description="the brand's own id of the offer")
    destination_url = fields.CharField(max_length=2048)
    currency = fields.CharField(max_length=3, null=True, description="ISO 4217; null: the account's")
    attribution_window_s = fields.BigIntField(null=True, description="null: the account's")
    attribution_model = fields.CharEnumField(
        AttributionModel, max_length=16, null=True, description="null: the account's"
    )
    events = fields.TextField(
        default="[]", db_default=SqlDefault("'[]'"), description="JSON of a list of tracking.offers.events.OfferEvent"
    )
    interstitial_mode = fields.CharEnumField(
        InterstitialMode, max_length=16, default=InterstitialMode.NONE, db_default="NONE"
    )
    interstitial = fields.TextField(
        null=True, description="JSON of tracking.interstitials.rules.Interstitial: CUSTOM's"
    )
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "offer"


class PostbackSecret(Model):
    """Of an offer. It is shown once; only its SHA-256 is kept. The prefix finds the row, the hash decides."""

    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    offer: fields.ForeignKeyRelation[Offer] = fields.ForeignKeyField("tracking.Offer", on_delete=fields.RESTRICT)
    offer_id: int
    place = fields.SmallIntField(description="1 or 2: two may be live, so that one can be replaced by the other")
    prefix = fields.CharField(max_length=16, unique=True)
    secret_sha256 = fields.BinaryField()
    created_at = fields.DatetimeField(auto_now_add=True)
    revoked_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "postback_secret"


class SigningKey(Model):
    """Of an account. Whoever checks a signature needs the key itself, so it is kept, sealed with SECRETS_KEYS."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("tracking.Account", on_delete=fields.RESTRICT)
    account_id: int
    place = fields.SmallIntField(description="1 or 2, as of postback secrets")
    key_name = fields.CharField(max_length=16, unique=True, description="names the key beside a signature")
    sealed_key = fields.BinaryField()
    created_at = fields.DatetimeField(auto_now_add=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "signing_key"
