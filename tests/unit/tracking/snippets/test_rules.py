import re

import pytest

from tracking.snippets.rules import (
    SnippetTerms,
    make_snippet_key,
    write_confirmation_snippet,
    write_landing_snippet,
)

pytestmark = pytest.mark.feature("LO14")

TERMS = SnippetTerms("go.brand.example", has_tls=True, public_port=None, key="ct_pub_abc", days=28)


def test_a_key_says_what_it_is_and_is_another_each_time() -> None:
    keys = {make_snippet_key() for _ in range(100)}

    assert len(keys) == 100
    assert all(re.fullmatch(r"ct_pub_[A-Za-z0-9]{24}", key) for key in keys)


def test_the_landing_snippet_is_one_script_that_needs_nothing_inline() -> None:
    assert write_landing_snippet(TERMS) == (
        '<script async src="https://go.brand.example/js/v1/creatrail.js" data-key="ct_pub_abc"></script>'
    )


@pytest.mark.parametrize(
    ("has_tls", "port", "origin"),
    [
        (False, None, "http://go.brand.example"),
        (False, 8080, "http://go.brand.example:8080"),
        (True, 443, "https://go.brand.example"),
    ],
)
def test_scripts_come_from_where_links_live(*, has_tls: bool, port: int | None, origin: str) -> None:
    terms = TERMS._replace(has_tls=has_tls, public_port=port)

    assert f'src="{origin}/js/v1/creatrail.js"' in write_landing_snippet(terms)
    assert f'src="{origin}/js/v1/convert.js"' in write_confirmation_snippet(terms)


def test_another_window_is_told_to_the_scripts() -> None:
    terms = TERMS._replace(days=60)

    assert 'data-days="60"' in write_landing_snippet(terms)
    assert 'data-days="60"' in write_confirmation_snippet(terms)


def test_the_confirmation_snippet_calls_before_its_script_is_there() -> None:
    snippet = write_confirmation_snippet(TERMS)

    assert snippet.index("queue: []") < snippet.index("creatrail.convert({") < snippet.index("convert.js")
