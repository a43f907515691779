"""Mutations of messages."""

import strawberry

from api.messages.mutations.delivering import MessageDelivering
from api.messages.mutations.preparing import MessagePreparing
from api.messages.mutations.texts import MessagePreviewing


@strawberry.type
class MessageMutation(MessagePreviewing, MessagePreparing, MessageDelivering):
    pass
