"""Tracking domains."""

from tests.tenancy.cases import LISTED, ask, change

CASES = (
    ask("domains", f"domains {{ {LISTED} }}"),
    change("createTrackingDomain", 'host: "go.own.example"'),
    change("verifyTrackingDomain", 'id: "$TrackingDomain"', "id"),
    change("updateTrackingDomain", 'id: "$TrackingDomain", tls: true', "id"),
)
LAST_CASES = (change("archiveTrackingDomain", 'id: "$TrackingDomain"', "id"),)
