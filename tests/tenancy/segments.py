"""Segments, what they are about, and who is in them."""

from tests.tenancy.cases import LISTED, ask, change

CASES = (
    ask("segments", f"segments {{ {LISTED} }}"),
    ask("segment", f'segment(id: "$Segment") {{ id name count contacts {{ {LISTED} }} }}', "id"),
    *(
        change(
            "createSegment",
            f'name: "Own", definition: {{ conditions: [{{ did: CLICKED, {name}: {given} }}] }}',
            f"definition.conditions.{name}",
        )
        for name, given in {
            "messageIds": '["$Message"]',
            "campaignId": '"$Campaign"',
            "offerIds": '["$Offer"]',
        }.items()
    ),
    *(
        change(
            "updateSegment",
            f'id: "@Segment", definition: {{ conditions: [{{ did: CLICKED, {name}: {given} }}] }}',
            f"definition.conditions.{name}",
        )
        for name, given in {
            "messageIds": '["$Message"]',
            "campaignId": '"$Campaign"',
            "offerIds": '["$Offer"]',
        }.items()
    ),
    change("updateSegment", 'id: "$Segment", name: "Taken over"', "id"),
)
LAST_CASES = (change("archiveSegment", 'id: "$Segment"', "id"),)
