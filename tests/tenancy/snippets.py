"""Snippet keys, and how conversions are reported from pages."""

from tests.tenancy.cases import change

CASES = (
    change("createSnippetKey", ""),
    change("updateConversionTracking", "snippetOrigins: []"),
)
LAST_CASES = (change("revokeSnippetKey", 'id: "$SnippetKey"', "id"),)
