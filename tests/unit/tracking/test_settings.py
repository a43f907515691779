"""Settings are checked at the start: what is wrong is named, and no secret is printed."""

import base64
import ipaddress
from pathlib import Path

import pytest

from tracking.settings import ClickTokenKey, Settings, SettingsError, load_settings

SECRET = b"sixteen bytes or"
ENCODED = base64.urlsafe_b64encode(SECRET).decode().rstrip("=")
REQUIRED = {
    "DATABASE_URL": "postgresql://ann:pass@db:5432/clicks",
    "REDIS_URL": "redis://:word@redis:6379/0",
    "CLICK_TOKEN_KEYS": f"1:{ENCODED}",
    "COOKIE_SECRET": ENCODED,
}


def load_with(**variables: str) -> Settings:
    return load_settings({**REQUIRED, **variables})


def list_problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    return caught.value.problems


class TestGoodSettings:
    def test_four_variables_are_enough(self) -> None:
        settings = load_with()

        assert settings.database_url == "postgresql://ann:pass@db:5432/clicks"
        assert settings.redis_url == "redis://:word@redis:6379/0"
        assert settings.click_token_keys == (ClickTokenKey(key_id=1, secret=SECRET),)
        assert settings.cookie_secret == SECRET
        assert settings.api_port == 8000

    def test_every_kind_of_value_is_read(self) -> None:
        settings = load_with(
            API_PORT="0",
            HEAD_DEADLINE_S="2.5",
            GRAPHIQL="false",
            SPOOL_DIR="/var/spool/creatrail",
            STALE_MAX_S="600",
            TRUSTED_PROXIES="10.0.0.0/8, fd00::/8",
        )

        assert settings.api_port == 0
        assert settings.head_deadline_s == 2.5
        assert settings.graphiql is False
        assert settings.spool_dir == Path("/var/spool/creatrail")
        assert settings.stale_max_s == 600
        assert settings.trusted_proxies == (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))

    def test_an_empty_variable_is_an_unset_one(self) -> None:
        assert load_with(PUBLIC_PORT="", API_PORT=" ") == load_with()

    def test_the_first_of_several_token_keys_stays_the_first(self) -> None:
        settings = load_with(CLICK_TOKEN_KEYS=f"7:{ENCODED},1:{ENCODED}", SECRETS_KEYS=f"9:{ENCODED},2:{ENCODED}")

        assert [key.key_id for key in settings.click_token_keys] == [7, 1]
        assert [key.key_id for key in settings.secrets_keys] == [9, 2]

    def test_without_keys_to_seal_with_there_are_none(self) -> None:
        assert load_with().secrets_keys == ()

    def test_the_stream_is_where_redis_is_unless_it_is_spread(self) -> None:
        spread = load_with(CLICK_REDIS_URLS="redis://a:6379/0, unix:///run/b.sock")

        assert load_with().click_stream_urls == (load_with().redis_url,)
        assert spread.click_stream_urls == ("redis://a:6379/0", "unix:///run/b.sock")

    def test_a_redis_of_the_stream_is_given_once(self) -> None:
        with pytest.raises(SettingsError, match="CLICK_REDIS_URLS is not usable: every Redis is given once"):
            load_with(CLICK_REDIS_URLS="redis://a:6379/0,redis://a:6379/0")

    def test_unix_sockets_are_addresses_too(self) -> None:
        settings = load_with(DATABASE_URL="postgresql:///clicks?host=/run/pg", REDIS_URL="unix:///run/redis.sock")

        assert settings.database_url == "postgresql:///clicks?host=/run/pg"
        assert settings.redis_url == "unix:///run/redis.sock"

    def test_nameservers_have_port_53_unless_another_is_given(self) -> None:
        settings = load_with(DNS_RESOLVERS="192.0.2.53, 192.0.2.54:5353,[2001:db8::53]:54")

        assert [(each.address, each.port) for each in settings.dns_resolvers] == [
            ("192.0.2.53", 53),
            ("192.0.2.54", 5353),
            ("2001:db8::53", 54),
        ]

    def test_public_hosts_are_in_their_one_spelling(self) -> None:
        settings = load_with(PUBLIC_HOSTS="Links.Brand.example., 192.0.2.1,[2001:DB8:0::1]")

        assert settings.public_hosts == ("links.brand.example", "192.0.2.1", "2001:db8::1")


class TestBadSettings:
    def test_every_missing_variable_is_named_at_once(self) -> None:
        problems = list_problems({})

        assert [problem.split(" ")[0] for problem in problems] == list(REQUIRED)
        assert all(" is not set: " in problem for problem in problems)

    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("DATABASE_URL", "mysql://db/clicks"),
            ("REDIS_URL", "localhost:6379"),
            ("CLICK_TOKEN_KEYS", ENCODED),
            ("CLICK_TOKEN_KEYS", f"256:{ENCODED}"),
            ("CLICK_TOKEN_KEYS", f"1:{ENCODED},1:{ENCODED}"),
            ("CLICK_TOKEN_KEYS", "1:c2hvcnQ"),
            ("SECRETS_KEYS", ENCODED),
            ("SECRETS_KEYS", f"1:{ENCODED},1:{ENCODED}"),
            ("COOKIE_SECRET", "not base64 at all!"),
            ("COOKIE_SECRET", "A" * 100),
            ("API_PORT", "65536"),
            ("API_PORT", "-1"),
            ("API_PORT", "http"),
            ("INGEST_BATCH", "0"),
            ("EVENT_RETENTION_DAYS", "0"),
            ("EVENT_RETENTION_DAYS", "0.5"),
            ("LINK_CACHE_SIZE", "many"),
            ("GRAPHIQL", "perhaps"),
            ("TRUSTED_PROXIES", "10.0.0.1/8"),
            ("PUBLIC_HOSTS", "http://links.brand.example"),
            ("PUBLIC_HOSTS", "links.brand.example,LINKS.brand.example."),
            ("DNS_RESOLVERS", "ns.brand.example"),
            ("DNS_RESOLVERS", "192.0.2.53:99999"),
            ("DNS_RESOLVERS", "2001:db8::53"),
            ("HEAD_DEADLINE_S", "soon"),
        ],
    )
    def test_a_value_that_makes_no_sense_is_refused_by_name(self, variable: str, value: str) -> None:
        [problem] = list_problems({**REQUIRED, variable: value})

        assert problem.startswith(f"{variable} is not usable: ")

    def test_all_bad_values_are_told_together(self) -> None:
        problems = list_problems({**REQUIRED, "API_PORT": "x", "INGEST_BATCH": "x", "REDIS_URL": ""})

        assert [problem.split(" ")[0] for problem in problems] == ["REDIS_URL", "API_PORT", "INGEST_BATCH"]


class TestSecrets:
    def test_settings_show_no_password_and_no_key(self) -> None:
        shown = repr(load_with())

        assert shown == "Settings(database=postgresql://db:5432/clicks, redis=redis://redis:6379/0)"

    def test_a_token_key_shows_its_id_alone(self) -> None:
        settings = load_with(SECRETS_KEYS=f"2:{ENCODED}")

        assert repr(settings.click_token_keys) == "(ClickTokenKey(key_id=1, secret=…),)"
        assert repr(settings.secrets_keys) == "(SecretsKey(key_id=2, secret=…),)"
