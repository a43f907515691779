"""Mistakes in what stands against the threats of SECURITY.md."""

from typing import Final

from tests.negative.mutation import Mutation

THREATS: Final = (
    Mutation(
        "tenancy",
        "the secret of an offer opens the offers of other accounts",
        "tracking/offers/credentials.py",
        '    if (row["account_id"], row["offer_id"]) != (account_id, offer_id):\n        return None\n    now',
        "    now",
        "tests/integration/redirector/test_conv_proofs.py"
        "::TestOfferSecrets::test_a_secret_opens_nothing_on_the_host_of_another_account",
    ),
    Mutation(
        "mac",
        "a click id is taken from whoever made it up",
        "tracking/clicks/tokens.py",
        "        return click_id if compare_digest(tag.digest(), raw[17:]) else None\n",
        "        return click_id\n",
        "tests/unit/tracking/clicks/test_tokens.py::test_a_changed_token_is_nobodys",
    ),
    Mutation(
        "mac",
        "a cookie is taken from whoever made it up",
        "tracking/clicks/visitors.py",
        "    if len(raw) != _COOKIE_BYTES or not compare_digest(_compute_mac(content, secret), mac):\n",
        "    if len(raw) != _COOKIE_BYTES or not mac:\n",
        "tests/unit/tracking/clicks/test_visitors.py::TestCookie::test_a_changed_cookie_is_not_ours",
    ),
    Mutation(
        "mac",
        "a session token says itself whose it is",
        "tracking/accounts/sessions.py",
        " or not hmac.compare_digest(raw[_CLAIMS.size :], _make_tag(raw[: _CLAIMS.size], cookie_secret)):",
        " or not cookie_secret:",
        "tests/unit/tracking/accounts/test_session_tokens.py::TestReading::test_no_changed_character_is_accepted",
    ),
    Mutation(
        "mac",
        "any signature will do for a report",
        "tracking/conversions/signing.py",
        "    return hmac.compare_digest(_compute(key, signature, parts), signature.digest)\n",
        "    return len(_compute(key, signature, parts)) == len(signature.digest)\n",
        "tests/unit/tracking/conversions/test_signing.py::test_nothing_of_the_request_may_differ",
    ),
    Mutation(
        "mac",
        "the prefix of an API key is enough",
        "tracking/accounts/credentials.py",
        "row is None or not hmac.compare_digest(row.secret_sha256, parts.secret_sha256):",
        "row is None or not hmac.compare_digest(row.secret_sha256, row.secret_sha256):",
        "tests/integration/tracking/accounts/test_keys.py"
        "::test_a_key_with_a_right_prefix_and_a_wrong_secret_opens_nothing",
    ),
    Mutation(
        "escaping",
        "a brand's title is HTML",
        "redirector/html_pages/interstitial.py",
        "    title = escape(texts.title)\n",
        "    title = texts.title\n",
        "tests/unit/redirector/test_interstitial_page.py::test_a_payload_stays_text_wherever_it_stands",
    ),
    Mutation(
        "escaping",
        "report pages show names as HTML",
        "api/report_pages/html_pages/rendering.py",
        "    autoescape=True,\n",
        "    autoescape=False,  # noqa: S701 -- planted\n",
        "tests/integration/api/test_report_pages_opened.py::test_names_are_text_and_no_formula_in_a_file",
    ),
    Mutation(
        "ssrf",
        "a webhook goes wherever a name leads",
        "worker/public_network.py",
        "            raise RefusedAddressError(host)\n",
        "            return addresses\n",
        "tests/integration/worker/webhooks/test_guard.py::test_a_name_with_one_private_address_is_refused",
    ),
    Mutation(
        "ssrf",
        "the name is resolved once more to connect",
        "worker/public_network.py",
        "self._plain.connect_tcp(address, port,",
        "self._plain.connect_tcp(host, port,",
        "tests/integration/worker/webhooks/test_guard.py::test_a_name_that_changes_its_mind_leads_to_what_was_checked",
    ),
    Mutation(
        "ssrf",
        "private addresses pass in the clothes of NAT64",
        "tracking/links/public_addresses.py",
        "            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))\n",
        "            return True\n",
        "tests/integration/worker/webhooks/test_guard.py::test_what_is_not_public_is_refused_in_every_spelling",
    ),
    Mutation(
        "limits",
        "slugs may be guessed for ever",
        "redirector/memory/unknown.py",
        "        return self._misses.get(client, 0) >= self._per_minute\n",
        "        return self._misses.get(client, 0) > 1_000_000_000\n",
        "tests/integration/redirector/test_cold_links.py::TestGuessing::test_guessing_is_rationed_for_that_client_only",
    ),
    Mutation(
        "limits",
        "documents may be as deep as they like",
        "api/limits.py",
        '        ("is deeper", weight.depth, limits.depth),\n',
        "",
        "tests/unit/api/test_limits.py::TestLimits::test_what_is_too_large_is_refused",
    ),
    Mutation(
        "secrets",
        "the secret of a report that is refused is logged",
        "redirector/conversions/proving.py",
        '            raise ReportError(RefusalCode.BAD_SECRET, "secret"',
        '            log.warning("wrong_secret", secret=secret)\n'
        '            raise ReportError(RefusalCode.BAD_SECRET, "secret"',
        "tests/integration/redirector/test_conv_proofs.py::TestOfferSecrets::test_no_secret_reaches_a_log_line",
    ),
    Mutation(
        "secrets",
        "what PostgreSQL says of a row is logged as it is",
        "tracking/logs.py",
        '    return _ROW_VALUES.sub("DETAIL: hidden, as it quotes a row", text)\n',
        "    return text\n",
        "tests/unit/tracking/test_logs.py::test_values_go_and_what_went_wrong_stays",
    ),
    Mutation(
        "addresses",
        "any client names its own address",
        "redirector/visitor.py",
        " or not self._is_trusted_peer(peer):\n            return peer\n",
        ":\n            return peer\n",
        "tests/unit/redirector/test_visitor.py::TestAddress::test_a_stranger_is_not_believed",
    ),
)
