import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.domains.rules import DomainStatus, check_host, find_status
from tracking.errors import InvalidInputError

NOW = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


@pytest.mark.feature("TR2")
class TestHosts:
    @pytest.mark.parametrize(
        ("raw", "host"),
        [
            ("go.brand.example", "go.brand.example"),
            (" GO.Brand.Example. ", "go.brand.example"),
            ("go.brand.co.uk", "go.brand.co.uk"),
            ("a.b.c.brand.example", "a.b.c.brand.example"),
            ("los.straße.example", "los.xn--strae-oqa.example"),
            ("go.brand.example:8080", "go.brand.example"),
        ],
    )
    def test_a_host_is_stored_in_one_spelling(self, raw: str, host: str) -> None:
        assert check_host(raw) == host

    @pytest.mark.parametrize(
        "raw",
        [
            "",
            "example",
            "brand.example",
            "brand.co.uk",
            "co.uk",
            "localhost",
            "acme.localhost",
            "go.acme.localhost",
            "printer.office.local",
            "go.brand.internal",
            "192.0.2.1",
            "[2001:db8::1]",
            "https://go.brand.example",
            "go.brand.example/path",
            "go_to.brand.example",
            "-go.brand.example",
            "go..brand.example",
            "go.brand.example..",
            "go.brand.123",
            "user@go.brand.example",
            "go.brand.example\0",
            "\ud800.brand.example",
            ".".join(["a" * 60] * 4) + ".example",
        ],
    )
    def test_what_nobody_could_prove_is_refused(self, raw: str) -> None:
        with pytest.raises(InvalidInputError) as refused:
            check_host(raw)
        assert refused.value.path == ("host",)

    @given(st.text(max_size=80))
    def test_any_text_is_a_host_or_refused(self, raw: str) -> None:
        try:
            host = check_host(raw)
        except InvalidInputError:
            return
        assert check_host(host) == host


class TestStatus:
    @pytest.mark.parametrize(
        ("verified_at", "failed_checks", "status"),
        [
            (None, 0, DomainStatus.UNVERIFIED),
            (None, 9, DomainStatus.UNVERIFIED),
            (NOW, 0, DomainStatus.VERIFIED),
            (NOW, 2, DomainStatus.VERIFIED),
            (NOW, 3, DomainStatus.FAILING),
        ],
    )
    def test_a_verified_one_fails_after_three_checks(
        self, verified_at: dt.datetime | None, failed_checks: int, status: DomainStatus
    ) -> None:
        assert find_status(verified_at, failed_checks) is status
