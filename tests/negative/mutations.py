"""Small mistakes against each rule of ARCHITECTURE.md, and the tests that would find them."""

from typing import Final, NamedTuple


class Mutation(NamedTuple):
    """`before` stands once in the file at `path`; with `after` in its place, `test` fails."""

    rule: str
    mistake: str
    path: str
    before: str
    after: str
    test: str


MUTATIONS: Final = (
    Mutation(
        "R1",
        "a redirector forgets its links when PostgreSQL does not answer",
        "redirector/memory/changes.py",
        "            self._forget_what_is_too_stale()\n",
        "            self._cache.clear()\n",
        "tests/integration/redirector/test_changes.py"
        "::TestWithoutPostgres::test_a_warm_link_is_served_until_postgres_is_back_and_then_kept",
    ),
    Mutation(
        "R2",
        "a click that is nowhere gets a click id",
        "redirector/recording/recorder.py",
        "        batch.settle(is_durable=is_durable)\n",
        "        batch.settle(is_durable=True)\n",
        "tests/integration/redirector/test_durability.py"
        "::TestNothingHelps::test_without_redis_and_disk_the_visitor_is_sent_on_without_an_id",
    ),
    Mutation(
        "R3",
        "what is delivered twice is counted twice",
        "tracking/clicks/store.py",
        "    return [click for click in clicks if click.click_id not in known]\n",
        "    return clicks\n",
        "tests/integration/tracking/clicks/test_store.py::TestOnce::test_second_delivery_adds_nothing",
    ),
    Mutation(
        "R4",
        "what does not count is in no column",
        "tracking/clicks/store.py",
        "        deltas.add(click.delta_key, click.counter)\n        if click.is_counted:\n",
        "        if click.is_counted:\n            deltas.add(click.delta_key, click.counter)\n",
        "tests/integration/tracking/clicks/test_store.py::TestCounts::test_columns_add_up",
    ),
    Mutation(
        "R5",
        "a contact is unique again each day",
        "tracking/clicks/prepare.py",
        "        return FOR_EVER, MESSAGE_CONTACT, message_id, visitor_key\n",
        "        return visitor_day, MESSAGE_CONTACT, message_id, visitor_key\n",
        "tests/integration/tracking/clicks/test_uniques.py"
        "::TestContactsOfAMessage::test_a_contact_is_unique_once_for_ever_on_all_links_of_a_message",
    ),
    Mutation(
        "R6",
        "whoever arrives first keeps the unique",
        "tracking/clicks/uniques.py",
        '    later = [row["click_id"] for row in found if row["held_by"] > row["click_id"]]\n',
        "    later: list[UUID] = []\n",
        "tests/integration/tracking/clicks/test_uniques.py"
        "::TestTakeOver::test_an_earlier_click_that_comes_late_takes_the_unique_over",
    ),
    Mutation(
        "R7",
        "a click earns for ever",
        "tracking/conversions/rules.py",
        "    if occurred_at - click.clicked_at > dt.timedelta(seconds=click.window_s):\n",
        "    if occurred_at - click.clicked_at > dt.timedelta.max:\n",
        "tests/unit/tracking/conversions/test_rules.py::TestWindow::test_it_has_both_its_ends",
    ),
    Mutation(
        "R8",
        "an archived link redirects",
        "redirector/door.py",
        "        if entry.terms.is_archived:\n",
        "        if entry.terms.is_archived and not entry:\n",
        "tests/integration/redirector/test_changes.py"
        "::TestArchive::test_a_warm_link_that_is_archived_is_gone_without_a_call",
    ),
    Mutation(
        "R9",
        "an opt-out address leads wherever it says",
        "tracking/links/opt_out.py",
        "        if key.key_id == raw[0] and compare_digest(_compute_mac(key.secret, content), mac):\n",
        "        if key.key_id == raw[0]:\n",
        "tests/integration/redirector/test_opt_out.py::TestRefusal::test_what_we_did_not_sign_leads_nowhere",
    ),
    Mutation(
        "R10",
        "an address is kept whole",
        "tracking/bots/kept_networks.py",
        "    return packed[:_IPV4_BYTES] if len(packed) == 4 else packed[:_IPV6_BYTES]\n",
        "    return packed\n",
        "tests/unit/tracking/clicks/test_prepare.py::TestColumns::test_only_the_network_of_an_address_is_kept",
    ),
    Mutation(
        "R11",
        "a click is found by whoever knows its id",
        "tracking/clicks/queries.py",
        "FROM click WHERE account_id = $1 AND id = ANY ($2)) {DESCRIBE}",
        "FROM click WHERE account_id >= least($1, account_id) AND id = ANY ($2)) {DESCRIBE}",
        "tests/integration/api/test_tenancy.py"
        "::TestTwoAccounts::test_a_foreign_id_answers_as_an_unknown_one_and_changes_nothing",
    ),
    Mutation(
        "R12",
        "a fold puts its sum in the place of what was there",
        "tracking/reports/folding.py",
        '{counter} = {folded.rollup}.{counter} + excluded.{counter}"',
        '{counter} = excluded.{counter}"',
        "tests/integration/tracking/reports/test_fold.py::test_what_comes_later_is_added_to_what_is_there",
    ),
    Mutation(
        "R13",
        "the log has another order than what happened",
        "tracking/events/relay.py",
        "FROM moved ORDER BY id\n",
        "FROM moved ORDER BY id DESC\n",
        "tests/integration/tracking/events/test_relay.py::test_events_move_once_and_in_their_order",
    ),
    Mutation(
        "R13",
        "old events go before webhooks have seen them",
        "tracking/events/relay.py",
        "                webhook_state.position)\n",
        "                9223372036854775807)\n",
        "tests/integration/tracking/events/test_relay.py::test_old_events_that_a_reader_of_ours_has_not_followed_stay",
    ),
    Mutation(
        "R13",
        "webhooks leave an event behind when a part of it is queued",
        "tracking/webhooks/reading.py",
        "            return News(rows, Progress(row.position - 1, until_ordinal))\n",
        "            return News(rows, Progress(row.position))\n",
        "tests/integration/tracking/webhooks/test_following.py::test_a_large_event_is_told_in_parts",
    ),
    Mutation(
        "R13",
        "a stream that goes from the log to the feed is told some events twice",
        "api/events/subscriptions.py",
        "                if told.slot.before >= self.place:\n",
        "                if told:\n",
        "tests/integration/api/test_feeds.py::TestOrder::test_who_read_further_than_the_feed_is_told_nothing_twice",
    ),
    Mutation(
        "R13",
        "a stream goes over a hole in the log and does not say so",
        "api/events/feeds/account_feeds.py",
        "        if page.lost_until is not None:\n",
        "        if page is None:\n",
        "tests/integration/api/test_feed_interruptions.py"
        "::test_a_hole_in_the_log_before_what_a_feed_reads_next_is_told",
    ),
)
