"""Messages, their recipients and deliveries."""

from tests.tenancy.cases import LISTED, ask, ask_within, change

HELLO = 'name: "Own", channel: EMAIL, template: "Hello"'
DRAFT = 'channel: EMAIL, template: "Hello"'
AT = 'status: SENT, at: "2026-11-20T12:00:00Z"'
OFFERED = 'channel: EMAIL, template: "{{ offers.shoes }}", offers: [{ tag: "offers.shoes", offerId: "$Offer" }]'
TESTED = "variants { variant messages { id } metrics { totalClicks } } statement"
CASES = (
    ask("messages", f"messages {{ {LISTED} }}"),
    ask("messageVariants", f'messageVariants(test: {{ messageIds: ["$Message"] }}) {{ {TESTED} }}', "test.messageIds"),
    ask("messageVariants", f'messageVariants(test: {{ campaignId: "$Campaign" }}) {{ {TESTED} }}', "test.campaignId"),
    ask("insertableLinks", 'insertableLinks(campaignId: "$Campaign") { tag }', "campaignId"),
    *(
        ask("messages", f'messages(filter: {{ {name}: "${type_name}" }}) {{ {LISTED} }}', f"filter.{name}")
        for name, type_name in {"campaignId": "Campaign", "creativeId": "Creative", "sharerId": "User"}.items()
    ),
    ask_within("Message.texts", "contactId", "Contact", shows="text"),
    ask_within("Message.texts", "creatorId", "Creator", shows="text", finds_own=False),  # it went to a contact
    *(
        change("prepareMessage", f'{HELLO}, {name}: "${type_name}"', name)
        for name, type_name in {
            "campaignId": "Campaign",
            "creativeId": "Creative",
            "domainId": "TrackingDomain",
            "sharerId": "User",
        }.items()
    ),
    change("prepareMessage", f'name: "Own", {OFFERED}', "offers.offerId"),
    change("prepareMessage", f'{HELLO}, recipients: {{ contactIds: ["$Contact"] }}', "recipients.contactIds"),
    change("prepareMessage", f'{HELLO}, recipients: {{ creatorIds: ["$Creator"] }}', "recipients.creatorIds"),
    change("prepareMessage", f'{HELLO}, recipients: {{ segmentId: "$Segment" }}', "recipients.segmentId"),
    change(
        "addMessageRecipients", 'messageId: "@Message", recipients: { segmentId: "$Segment" }', "recipients.segmentId"
    ),
    *(
        change("previewMessage", f'{DRAFT}, {name}: "${type_name}"', name)
        for name, type_name in {
            "campaignId": "Campaign",
            "contactId": "Contact",
            "creatorId": "Creator",
            "domainId": "TrackingDomain",
        }.items()
    ),
    change("previewMessage", OFFERED, "offers.offerId"),
    change("addMessageRecipients", 'messageId: "$Message", recipients: { everyContact: true }', "messageId"),
    change(
        "addMessageRecipients",
        'messageId: "@Message", recipients: { contactIds: ["$Contact"] }',
        "recipients.contactIds",
        shows_items=True,
    ),
    change(
        "addMessageRecipients",
        'messageId: "@Message", recipients: { creatorIds: ["$Creator"] }',
        "recipients.creatorIds",
        finds_own=False,  # it is for contacts
    ),
    change(
        "recordDeliveries",
        f'messageId: "$Message", deliveries: [{{ contact: {{ contactId: "@Contact" }}, {AT} }}]',
        "messageId",
        shows_items=True,
    ),
    change(
        "recordDeliveries",
        f'messageId: "@Message", deliveries: [{{ contact: {{ contactId: "$Contact" }}, {AT} }}]',
        "deliveries.contact.contactId",
        shows_items=True,
    ),
)
