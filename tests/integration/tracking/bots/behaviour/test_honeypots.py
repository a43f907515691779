"""Links that no person sees: made once, hidden in HTML, offered nowhere, and every click on one is a program's."""

import asyncpg
import pytest

from tests.behaviour import CHROME, SCANNER_IP, look, read_evidence, send
from tests.brand import make_brand
from tests.clicking import read_totals, store
from tests.messaging import note_message, read_texts
from tracking.bots.verdicts import Reason
from tracking.contacts.queries import count_link_clicks
from tracking.errors import InvalidInputError
from tracking.links.creation import NewLink, create_link
from tracking.links.models import Link
from tracking.links.service import Replacement, archive_link
from tracking.messages.composing import Draft
from tracking.messages.previewing import Preview, preview_message
from tracking.messages.queries import find_messages, find_shared_links, list_slots_of
from tracking.messages.tags import list_insertable_links
from tracking.messages.texts import read_shared_texts
from tracking.reports.fold import fold_all
from tracking.reports.scopes import Grain, Scope
from tracking.settings import Settings

TRAP = 'Hello <a href="https://shop.example/1">shop</a> {{ honeypot }}'


async def read_people(pool: asyncpg.Pool, scope: Scope, first_key: int, second_key: int = 0) -> tuple[int, ...]:
    """Clicks of people and of programs, counted ones and unique ones."""
    await fold_all(pool)
    row = await pool.fetchrow(
        "SELECT human_clicks, bot_clicks, counted_clicks, unique_clicks FROM rollup"
        " WHERE scope = $1 AND grain = $2 AND first_key = $3 AND second_key = $4",
        scope,
        Grain.TOTAL,
        first_key,
        second_key,
    )
    assert row is not None
    return tuple(row)


@pytest.mark.feature("TR25")
@pytest.mark.usefixtures("orm")
class TestHoneypots:
    async def test_who_opens_a_hidden_link_is_a_program_and_so_are_its_other_clicks(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=1, links=1, template=TRAP, is_html=True)
        await store(
            pool,
            sent.scan(1, 0),
            sent.scan(2, 20),
            sent.click(1, 30, client_ip=SCANNER_IP),
            sent.click(1, 40, user_agent=CHROME),
            sent.scan(1, 90),
        )

        await look(pool)

        nothing = Reason(0)
        assert await read_evidence(pool) == [Reason.NEAR_HONEYPOT, Reason.HONEYPOT, nothing, nothing, nothing]
        totals = await read_totals(pool, sent.account_id)
        assert (totals["bot_clicks"], totals["human_clicks"]) == (2, 3)

    async def test_no_number_of_people_has_its_clicks(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=2, links=1, template=TRAP, is_html=True)
        await store(pool, sent.scan(2, 0), sent.click(1, 40), sent.scan(2, 50, contact=1))
        reader, scanned = sent.contact_ids
        assert await count_link_clicks(pool, sent.account_id, sent.contact_ids) == {reader: 2, scanned: 1}

        await look(pool)

        assert await count_link_clicks(pool, sent.account_id, sent.contact_ids) == {reader: 1}
        assert await read_people(pool, Scope.MESSAGE, sent.message.id) == (1, 2, 1, 1)
        assert await read_people(pool, Scope.MESSAGE_SLOT, sent.message.id, 1) == (1, 0, 1, 1)
        assert await read_people(pool, Scope.MESSAGE_SLOT, sent.message.id, 2) == (0, 2, 0, 0)

    async def test_it_is_hidden_in_the_text_and_not_among_its_links(
        self, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        sent = await send(pool, await make_brand(), contacts=1, links=1, template=TRAP, is_html=True)

        [text] = await read_texts(pool, sent.message, settings)

        assert text.wording is not None
        assert text.wording.text is not None
        trap = await Link.get(id=sent.links[sent.contact_ids[0], 2])
        assert (trap.is_honeypot, trap.destination_url) == (True, "https://shop.example/1")
        assert f'/{trap.slug}" aria-hidden="true" tabindex="-1" style="display:none"></a>' in text.wording.text
        assert [link.tag for link in text.wording.links] == ["url_1"]

    async def test_there_is_none_to_copy(self, pool: asyncpg.Pool, settings: Settings) -> None:
        sent = await send(pool, await make_brand(), contacts=1, links=1, template=TRAP, is_html=True)

        shared = await find_shared_links(pool, sent.account_id, [sent.message.id])
        rows = await find_messages(pool, sent.account_id, [sent.message.id])
        slots = await list_slots_of(pool, sent.account_id, [sent.message.id])
        texts = await read_shared_texts(pool, [(rows[sent.message.id], slots[sent.message.id])], settings)

        assert [slot.is_honeypot for slot in slots[sent.message.id]] == [False, True]
        assert list(shared) == [(sent.message.id, 1)]
        assert [link.tag for link in texts[sent.message.id].links] == ["url_1"]

    async def test_a_preview_shows_it_hidden(self, pool: asyncpg.Pool, settings: Settings) -> None:
        account = await make_brand()

        wording = await preview_message(
            pool, account.id, Preview(Draft(TRAP, is_html=True, tracks_plain_urls=True)), settings
        )

        assert wording.text is not None
        assert wording.text.endswith('aria-hidden="true" tabindex="-1" style="display:none"></a>')

    @pytest.mark.parametrize(
        ("template", "is_html", "reason"),
        [
            ("https://shop.example/1 {{ honeypot }}", False, "{{ honeypot }} at 1:24 is hidden from people"),
            ("<p>{{ honeypot }}</p>", True, "a honeypot leads where a link of the text does"),
        ],
    )
    async def test_a_text_that_cannot_hide_it_is_refused(self, template: str, is_html: bool, reason: str) -> None:
        account = await make_brand()

        with pytest.raises(InvalidInputError, match=reason.replace("{", "[{]")):
            await note_message(account, template, is_html=is_html, tracks_plain_urls=True)

    async def test_a_custom_one_is_offered_to_no_writer_and_stays_one_when_it_is_replaced(
        self, pool: asyncpg.Pool
    ) -> None:
        account = await make_brand()
        given = NewLink(None, "https://shop.example/", label="Trap", is_honeypot=True)
        trap = await create_link(account.id, given)
        await create_link(account.id, given._replace(label="Shop", is_honeypot=False))

        archived = await archive_link(account.id, trap.id, replacement=Replacement())

        offered = await list_insertable_links(pool, account.id)
        assert [tag.label for tag in offered if tag.kind == "CUSTOM"] == ["Shop"]
        assert (await Link.get(id=archived.replaced_by_id)).is_honeypot
        with pytest.raises(InvalidInputError, match="stands for nothing"):
            await note_message(account, "{{ custom_links.trap }}")
