"""Webhooks, what is sent to them, and what is to be sent once more."""

from tests.tenancy.cases import LISTED, ask, change

FILTERS = {
    "linkIds": "Link",
    "campaignIds": "Campaign",
    "creatorIds": "Creator",
    "messageIds": "Message",
    "offerIds": "Offer",
}
NEW = 'name: "Own", url: "https://own.example/hook", eventTypes: [CLICK_RECORDED]'
LOGGED = 'logged: { from: "2026-01-01T00:00:00Z", to: "2099-01-01T00:00:00Z" }'
CASES = (
    ask("webhooks", f"webhooks {{ {LISTED} }}"),
    ask(
        "webhook",
        f'webhook(id: "$WebhookEndpoint") {{ id url deliveries {{ {LISTED} }} replays {{ {LISTED} }} }}',
        "id",
    ),
    *(
        change("createWebhook", f'{NEW}, filter: {{ {name}: ["${type_name}"] }}', f"filter.{name}")
        for name, type_name in FILTERS.items()
    ),
    *(
        change("updateWebhook", f'id: "@WebhookEndpoint", filter: {{ {name}: ["${type_name}"] }}', f"filter.{name}")
        for name, type_name in FILTERS.items()
    ),
    change("updateWebhook", 'id: "$WebhookEndpoint", name: "Taken over"', "id"),
    change("rotateWebhookSecret", 'id: "$WebhookEndpoint"', "id"),
    change("pingWebhook", 'id: "$WebhookEndpoint"', "id"),
    change("replayWebhook", 'events: { deliveryId: "$WebhookDelivery" }', "events.deliveryId"),
    change(
        "replayWebhook",
        f'events: {{ range: {{ webhookId: "$WebhookEndpoint", {LOGGED}, onlyFailed: true }} }}',
        "events.range.webhookId",
    ),
)
LAST_CASES = (change("deleteWebhook", 'id: "$WebhookEndpoint"', "id"),)
