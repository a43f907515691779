"""Which content security policies let the snippets run, as browsers decide it."""

import pytest

from creatrail.doctor.policies import allows_connection, allows_picture, allows_script

pytestmark = pytest.mark.feature("LO14")

PAGE = "https://shop.brand.example/thanks"
SCRIPT = "https://go.brand.example/js/v1/creatrail.js"


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "img-src 'none'",
        "script-src *",
        "script-src https:",
        "script-src 'self' https://go.brand.example",
        "script-src go.brand.example",
        "script-src *.brand.example",
        "script-src go.brand.example:443",
        "script-src http://go.brand.example",
        "script-src https://go.brand.example/js/",
        "script-src https://go.brand.example/js/v1/creatrail.js",
        "script-src 'none'; script-src-elem https://go.brand.example",
        "default-src 'none'; script-src go.brand.example",
        "DEFAULT-SRC https://GO.brand.example",
        "script-src 'strict-dynamic' 'nonce-abc'",
    ],
)
def test_the_script_may_run(policy: str) -> None:
    assert allows_script([policy], SCRIPT, PAGE, "abc")


@pytest.mark.parametrize(
    "policy",
    [
        "default-src 'none'",
        "script-src",
        "script-src 'self'",
        "script-src 'unsafe-inline' 'unsafe-eval'",
        "script-src https://brand.example",
        "script-src *.go.brand.example",
        "script-src https://go.brand.example:8443",
        "script-src https://go.brand.example/other/",
        "script-src go.brand.example; script-src-elem 'self'",
        "script-src go.brand.example 'strict-dynamic' 'nonce-other'",
        "script-src 'self'; script-src go.brand.example",
    ],
)
def test_the_script_may_not_run(policy: str) -> None:
    assert not allows_script([policy], SCRIPT, PAGE, "abc")


def test_every_policy_has_to_allow_it() -> None:
    assert allows_script(["script-src https:", "script-src go.brand.example"], SCRIPT, PAGE, None)
    assert not allows_script(["script-src https:", "script-src 'self'"], SCRIPT, PAGE, None)


def test_the_brands_own_origin_is_meant_by_self() -> None:
    assert allows_script(["script-src 'self'"], "https://shop.brand.example:443/js/v1/creatrail.js", PAGE, None)


def test_reports_and_pictures_have_directives_of_their_own() -> None:
    policy = "default-src 'none'; connect-src go.brand.example"

    assert allows_connection([policy], SCRIPT, PAGE)
    assert not allows_picture([policy], SCRIPT, PAGE)
