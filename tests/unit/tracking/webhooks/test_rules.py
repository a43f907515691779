from collections.abc import Callable

import pytest

from tracking.bots.verdicts import Verdict
from tracking.clicks.filters import Counting
from tracking.conversions.kinds import Status
from tracking.errors import InvalidInputError
from tracking.events.types import EventType
from tracking.graph_ids import write_graph_id
from tracking.webhooks.rules import (
    MAX_IDS,
    MAX_URL_CHARS,
    Batch,
    Wanted,
    check_batch,
    check_event_types,
    check_overlap_hours,
    check_wanted,
    describe_wanted,
    normalise_url,
    read_wanted,
    store_wanted,
)

HOOK = "https://shop.example/hook"
BAD_URLS = {
    "empty": "",
    "too long": f"{HOOK}?{'a' * MAX_URL_CHARS}",
    "too long once it is encoded": f"{HOOK}/{'é' * (MAX_URL_CHARS // 3)}",
    "no scheme": "shop.example/hook",
    "relative to a scheme": "//shop.example/hook",
    "http": "http://shop.example/hook",
    "HTTP in capitals": "HTTP://shop.example/hook",
    "ftp": "ftp://shop.example/hook",
    "javascript": "javascript:alert(1)",
    "data": "data:text/plain,x",
    "file": "file:///etc/passwd",
    "gopher": "gopher://shop.example/",
    "WebSocket": "wss://shop.example/hook",
    "one slash": "https:/shop.example/hook",
    "no slash": "https:shop.example/hook",
    "three slashes": "https:///shop.example/hook",
    "a scheme alone": "https://",
    "a path for a host": "https:///",
    "a query for a host": "https://?x",
    "a fragment for a host": "https://#x",
    "a port for a host": "https://:443/",
    "user name": "https://me@shop.example/hook",
    "user name and password": "https://me:secret@shop.example/hook",
    "empty user name": "https://@shop.example/hook",
    "another host for a user name": "https://good.example@shop.example/",
    "fragment": f"{HOOK}#part",
    "empty fragment": f"{HOOK}#",
    "backslashes for slashes": "https:\\\\shop.example\\hook",
    "backslash before an at sign": "https://shop.example\\@good.example/",
    "backslash in the path": "https://shop.example/a\\b",
    "blank in front": f" {HOOK}",
    "blank behind": f"{HOOK} ",
    "blank inside": "https://shop.example/a b",
    "no-break space": "https://shop.example/a\N{NO-BREAK SPACE}b",
    "line separator": "https://shop.example/a\N{LINE SEPARATOR}b",
    "tab": "https://shop.example/a\tb",
    "carriage return": "https://shop.example/a\rb",
    "line feed and a header": "https://shop.example/a\nHost: evil.example",
    "NUL": "https://shop.example/a\0b",
    "DEL": "https://shop.example/a\x7fb",
    "half a character": "https://shop.example/\ud800",
    "no-width space in the host": "https://shop\N{ZERO WIDTH SPACE}.example/",
    "right-to-left override": "https://shop.example/\N{RIGHT-TO-LEFT OVERRIDE}x",
    "port 22": "https://shop.example:22/hook",
    "port 8443": "https://shop.example:8443/hook",
    "port 0": "https://shop.example:0/hook",
    "port beyond all": "https://shop.example:65536/hook",
    "port that is no number": "https://shop.example:https/hook",
    "host with a percent sign": "https://shop%25.example/",
    "host with brackets": "https://[shop.example]/",
    "host with a pipe": "https://shop|x.example/",
    "host with an empty label": "https://shop..example/",
    "host beyond 253 characters": f"https://{'a.' * 130}example/",
    "host without a dot": "https://shop/hook",
    "localhost": "https://localhost/hook",
    "localhost in capitals": "https://LOCALHOST/hook",
    "localhost with a dot": "https://localhost./hook",
    "localhost in percent signs": "https://%6c%6fcalhost/",
    "below localhost": "https://shop.localhost/hook",
    "below local": "https://printer.local/hook",
    "below internal": "https://metadata.google.internal/",
    "below home.arpa": "https://router.home.arpa/",
    "127.0.0.1": "https://127.0.0.1/",
    "127.1": "https://127.1/",
    "127.0.0.1 with a dot": "https://127.0.0.1./",
    "hexadecimal": "https://0x7f.1/",
    "octal": "https://0177.0.0.1/",
    "one number": "https://2130706433/",
    "circled digits": "https://①②⑦.⓪.⓪.①/",
    "unspecified": "https://0.0.0.0/",
    "10/8": "https://10.1.2.3/",
    "172.16/12": "https://172.31.255.255/",
    "192.168/16": "https://192.168.0.1/",
    "metadata of clouds": "https://169.254.169.254/latest/meta-data/",
    "shared by providers": "https://100.64.0.1/",
    "for documentation": "https://192.0.2.1/",
    "for benchmarks": "https://198.18.0.1/",
    "multicast": "https://224.0.0.1/",
    "broadcast": "https://255.255.255.255/",
    "relay of 6to4": "https://192.88.99.1/",
    "IPv6 of this machine": "https://[::1]/",
    "IPv6 unspecified": "https://[::]/",
    "IPv4 mapped": "https://[::ffff:127.0.0.1]/",
    "IPv4 compatible": "https://[::127.0.0.1]/",
    "IPv4 behind NAT64": "https://[64:ff9b::a9fe:a9fe]/",
    "6to4": "https://[2002:7f00:1::]/",
    "Teredo": "https://[2001:0:1::1]/",
    "local to a link": "https://[fe80::1]/",
    "local to a site": "https://[fec0::1]/",
    "local and unique": "https://[fd00::1]/",
    "IPv6 for documentation": "https://[2001:db8::1]/",
    "IPv6 with a zone": "https://[fe80::1%25eth0]/",
    "tracking host": "https://go.brand.example/hook",
    "tracking host in capitals": "https://GO.BRAND.example/hook",
    "tracking host with a dot": "https://go.brand.example./hook",
    "tracking host with a port": "https://go.brand.example:443/hook",
}


def normalise(raw: str, *, allows_private: bool = False) -> str:
    return normalise_url(raw, is_tracking_host={"go.brand.example"}.__contains__, allows_private=allows_private)


def find_path(check: Callable[[], object]) -> tuple[str, ...] | None:
    """Where the input is wrong; None when it is right."""
    try:
        check()
    except InvalidInputError as error:
        return error.path
    return None


class TestUrls:
    @pytest.mark.parametrize("name", BAD_URLS)
    def test_what_is_no_public_address_is_refused(self, name: str) -> None:
        assert find_path(lambda: normalise(BAD_URLS[name])) == ("url",)

    @pytest.mark.parametrize(
        ("raw", "stored"),
        [
            (HOOK, HOOK),
            ("HTTPS://Shop.Example:443/Hook", "https://shop.example/Hook"),
            ("https://shop.example", "https://shop.example/"),
            ("https://shop.example:80/", "https://shop.example:80/"),
            ("https://shop.example/a/../b?key=A%20b", "https://shop.example/b?key=A%20b"),
            ("https://münchen.example/ü", "https://xn--mnchen-3ya.example/%C3%BC"),
            ("https://8.8.8.8/", "https://8.8.8.8/"),
            ("https://[2001:4860:4860:0:0:0:0:8888]/", "https://[2001:4860:4860::8888]/"),
            ("https://not-go.brand.example/", "https://not-go.brand.example/"),
        ],
    )
    def test_a_public_one_is_stored_in_one_spelling(self, raw: str, stored: str) -> None:
        assert normalise(raw) == stored
        assert normalise(stored) == stored

    @pytest.mark.parametrize(
        "raw", ["http://127.0.0.1:9000/hook", "https://localhost/", "http://shop:8080/", "http://[::1]:9/"]
    )
    def test_for_trying_out_any_host_and_port_will_do(self, raw: str) -> None:
        assert find_path(lambda: normalise(raw)) == ("url",)
        assert normalise(raw, allows_private=True) == raw

    @pytest.mark.parametrize("name", ["user name", "fragment", "tracking host", "line feed and a header", "ftp"])
    def test_even_then_what_cannot_be_sent_is_refused(self, name: str) -> None:
        assert find_path(lambda: normalise(BAD_URLS[name], allows_private=True)) == ("url",)


class TestEventTypes:
    def test_each_stands_once_in_one_order(self) -> None:
        given = [EventType.LINK_ARCHIVED, EventType.CLICK_RECORDED, EventType.LINK_ARCHIVED]

        assert check_event_types(given) == ["click.recorded", "link.archived"]

    def test_none_are_refused(self) -> None:
        assert find_path(lambda: check_event_types([])) == ("eventTypes",)


class TestBatches:
    @pytest.mark.parametrize("batch", [Batch(), Batch(2), Batch(100, 60), Batch(2, 1)])
    def test_what_is_within_bounds_is_taken(self, batch: Batch) -> None:
        assert find_path(lambda: check_batch(batch)) is None

    @pytest.mark.parametrize(
        ("batch", "field"),
        [
            (Batch(0), "maxEvents"),
            (Batch(101), "maxEvents"),
            (Batch(2, -1), "maxWaitSeconds"),
            (Batch(2, 61), "maxWaitSeconds"),
            (Batch(1, 1), "maxWaitSeconds"),
        ],
    )
    def test_what_is_not_is_refused(self, batch: Batch, field: str) -> None:
        assert find_path(lambda: check_batch(batch)) == ("batch", field)

    @pytest.mark.parametrize(
        ("hours", "path"), [(0, None), (168, None), (-1, ("overlapHours",)), (169, ("overlapHours",))]
    )
    def test_secrets_overlap_for_up_to_a_week(self, hours: int, path: tuple[str, ...] | None) -> None:
        assert find_path(lambda: check_overlap_hours(hours)) == path


class TestFilters:
    def test_what_is_stored_is_read_back(self) -> None:
        wanted = Wanted(
            link_ids=(1, 2),
            offer_ids=(3,),
            verdicts=(Verdict.HUMAN,),
            counting=(Counting.UNIQUE, Counting.TEST),
            statuses=(Status.APPROVED,),
        )

        assert read_wanted(store_wanted(wanted)) == wanted
        assert list(store_wanted(wanted)["link_ids"]) == [1, 2]
        assert store_wanted(Wanted()) == {}
        assert read_wanted({}) == Wanted()

    def test_the_graph_is_told_names_and_its_own_ids(self) -> None:
        wanted = Wanted(campaign_ids=(7,), verdicts=(Verdict.BOT,), counting=(Counting.REPEAT,))

        assert describe_wanted(wanted) == {
            "campaignIds": [write_graph_id("Campaign", 7)],
            "verdicts": ["BOT"],
            "counting": ["REPEAT"],
        }

    @pytest.mark.parametrize("name", ["link_ids", "campaign_ids", "creator_ids", "message_ids", "offer_ids"])
    def test_a_list_is_neither_empty_nor_endless(self, name: str) -> None:
        def check(count: int) -> None:
            check_wanted(read_wanted({name: list(range(count))}))

        path = ("filter", f"{name.removesuffix('_ids')}Ids")
        assert find_path(lambda: check(0)) == path
        assert find_path(lambda: check(MAX_IDS + 1)) == path
        assert find_path(lambda: check(MAX_IDS)) is None
