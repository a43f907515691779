"""Work that takes time, by the id of what it is about."""

from tests.tenancy.cases import ask

KINDS = ("Import", "Export", "Correction", "Message", "TrackingDeliverable", "WebhookReplay")
CASES = tuple(ask("job", f'job(id: "${name}") {{ id kind status progress {{ done }} }}', "id") for name in KINDS)
