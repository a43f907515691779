"""Mutations of webhooks, by what they are about."""

import strawberry

from api.webhooks.mutations.configuring import ConfiguringMutation
from api.webhooks.mutations.sending import SendingMutation


@strawberry.type
class WebhookMutation(ConfiguringMutation, SendingMutation):
    pass
