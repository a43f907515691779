import pytest

from tracking.accounts.models import Role, Scope
from tracking.accounts.rules import check_origins, check_retention, check_window, scopes_of
from tracking.errors import InvalidInputError


class TestOrigins:
    @pytest.mark.parametrize(
        "origin",
        [
            "https://app.example",
            "http://localhost:5173",
            "https://app.example:8443",
            "http://[::1]:3000",
            "https://xn--bcher-kva.example",
        ],
    )
    def test_what_a_browser_sends_is_an_origin(self, origin: str) -> None:
        assert check_origins([origin]) == (origin,)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "*",
            "null",
            "app.example",
            "https://*",
            "https://*.example",
            "https://app.example/",
            "https://app.example/path",
            "https://app.example?",
            "https://App.example",
            "https://app.example:443",
            "https://user@app.example",
            "https://bücher.example",
            " https://app.example",
            "https://app.example\n",
            "ftp://app.example",
            "javascript:alert(1)",
        ],
    )
    def test_what_no_browser_sends_is_none(self, text: str) -> None:
        with pytest.raises(InvalidInputError) as refused:
            check_origins(["https://fine.example", text])
        assert refused.value.path == ("allowedOrigins", "1")

    def test_each_is_kept_once_in_its_order(self) -> None:
        assert check_origins(["https://b.example", "https://a.example", "https://b.example"]) == (
            "https://b.example",
            "https://a.example",
        )

    def test_there_are_at_most_fifty(self) -> None:
        with pytest.raises(InvalidInputError):
            check_origins([f"https://app{number}.example" for number in range(51)])


class TestDays:
    @pytest.mark.parametrize("days", [1, 365])
    def test_a_window_has_up_to_a_year(self, days: int) -> None:
        assert check_window(days) == days

    @pytest.mark.parametrize("days", [-1, 0, 366])
    def test_no_other_window_is_taken(self, days: int) -> None:
        with pytest.raises(InvalidInputError):
            check_window(days)

    def test_clicks_outlive_the_window_by_a_week(self) -> None:
        assert check_retention(35, 28) == 35
        with pytest.raises(InvalidInputError):
            check_retention(34, 28)


class TestRoles:
    @pytest.mark.feature("IM6")
    def test_a_role_is_the_scope_of_its_rank_with_the_lesser_ones(self) -> None:
        assert {role: scopes_of(role) for role in Role} == {
            Role.ADMIN: {Scope.ADMIN, Scope.WRITE, Scope.READ},
            Role.EDITOR: {Scope.WRITE, Scope.READ},
            Role.VIEWER: {Scope.READ},
        }
