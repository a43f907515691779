"""Exports and their schedules: what they are about, and themselves."""

from tests.tenancy.cases import LISTED, ask, change

NAMED = {
    "campaignId": '"$Campaign"',
    "creatorId": '"$Creator"',
    "offerId": '"$Offer"',
    "linkIds": '["$Link"]',
    "messageIds": '["$Message"]',
}
DAILY = 'name: "Daily", kind: CLICKS, cron: "0 6 * * *"'
CASES = (
    ask("exports", f"exports {{ {LISTED} }}"),
    ask("exports", f'exports(filter: {{ scheduleId: "$ExportSchedule" }}) {{ {LISTED} }}', "filter.scheduleId"),
    ask("exportSchedules", f"exportSchedules {{ {LISTED} }}"),
    ask("dataDictionary", f"dataDictionary(kind: CLICKS) {{ name }} exports {{ {LISTED} }}"),
    *(
        change("requestExport", f"kind: CLICKS, parameters: {{ {name}: {given} }}", f"parameters.{name}")
        for name, given in NAMED.items()
    ),
    *(
        change("createExportSchedule", f"{DAILY}, parameters: {{ {name}: {given} }}", f"parameters.{name}")
        for name, given in NAMED.items()
    ),
    *(
        change(
            "updateExportSchedule",
            f'id: "@ExportSchedule", parameters: {{ {name}: {given} }}',
            f"parameters.{name}",
        )
        for name, given in NAMED.items()
    ),
    change("requestExport", 'kind: SEGMENT, parameters: { segmentId: "$Segment" }', "parameters.segmentId"),
    change(
        "createExportSchedule",
        'name: "Daily", kind: SEGMENT, cron: "0 6 * * *", parameters: { segmentId: "$Segment" }',
        "parameters.segmentId",
    ),
    # the schedule of who asks is of clicks, which have no segment
    change(
        "updateExportSchedule",
        'id: "@ExportSchedule", parameters: { segmentId: "$Segment" }',
        "parameters.segmentId",
        finds_own=False,
    ),
    change("updateExportSchedule", 'id: "$ExportSchedule", name: "Weekly"', "id"),
)
LAST_CASES = (change("deleteExportSchedule", 'id: "$ExportSchedule"', "id"),)
