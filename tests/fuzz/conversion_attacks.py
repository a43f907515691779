"""Reports that must not be believed: forged, expired, replayed, of another account, malformed. Each kind makes many."""

import json
import random
import string
from collections.abc import Callable
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from tests.reporting import sign
from tracking.clicks.tokens import ClickTokens
from tracking.settings import ClickTokenKey, Settings

SERVER: Final = [("user-agent", "shop/1.0"), ("accept", "*/*")]
_FORM: Final = ("content-type", "application/x-www-form-urlencoded")
_JSON: Final = ("content-type", "application/json")


class Attack(NamedTuple):
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes = b""


class Target(NamedTuple):
    """What an attacker may have got hold of. All hosts, keys and ids are real."""

    settings: Settings
    account_id: int
    host: str
    slug: str
    other_host: str
    foreign_click: str  # signed by us, of another account
    old_click: str  # of this account, out of its window
    bot_click: str
    publishable_key: str
    signing_key: str  # only ever used as an attacker can: for headers that were seen, or are too old
    foreign_signing_key: str
    secret: str  # the same
    foreign_secret: str
    revoked_secret: str
    offers: tuple[str, str]  # the one of `secret`, and another
    seen: Attack  # a signed report that was taken


class Attacker:
    def __init__(self, target: Target, seed: int) -> None:
        self.target = target
        self.chance = random.Random(seed)  # noqa: S311 -- the same attacks in every run
        self._number = 0
        kinds: list[Callable[[], Attack]] = [
            self.forge_click,
            self.name_foreign_click,
            self.name_click_that_earns_nothing,
            self.name_a_link_alone,
            self.guess_secret,
            self.forge_signature,
            self.sign_too_early_or_late,
            self.replay,
            self.take_back,
            self.report_another_amount,
            self.claim_what_is_nobodys,
            self.malform_query,
            self.malform_body,
        ]
        self._kinds = kinds

    def attack(self) -> Attack:
        self._number += 1
        return self._kinds[self._number % len(self._kinds)]()

    def forge_click(self) -> Attack:
        token = self.target.foreign_click
        place = self.chance.randrange(len(token))
        letters = string.ascii_letters + string.digits + "-_=%\0é "
        other_key = ClickTokens((ClickTokenKey(self.chance.choice([1, 2, 255]), b"another key of click tokens"),))
        forged = self.chance.choice(
            [
                token[:place] + self.chance.choice(letters.replace(token[place], "")) + token[place + 1 :],
                token[:place],
                token * 2,
                other_key.sign(self.chance.randbytes(16)).decode(),
                "".join(self.chance.choices(letters, k=self.chance.randrange(60))),
            ]
        )
        return self._ask({"click_id": forged})

    def name_foreign_click(self) -> Attack:
        return self._ask({self._choose("click_id", "ct", "first_click_id"): self.target.foreign_click})

    def name_click_that_earns_nothing(self) -> Attack:
        return self._ask({"click_id": self._choose(self.target.old_click, self.target.bot_click)})

    def name_a_link_alone(self) -> Attack:
        if self.chance.random() < 0.5:
            query = urlencode({"txn_id": self._make_order(), "revenue": "12.50", "currency": "EUR"})
            return Attack("GET", f"/pixel/{self.target.slug}.gif", query, self._head())
        return self._ask({"link_id": self.target.slug, "key": self.target.publishable_key})

    def guess_secret(self) -> Attack:
        secret = self.target.secret
        place = self.chance.randrange(len(secret))
        guesses = (secret[:place] + "x" * 3, self.target.foreign_secret, self.target.revoked_secret, "", secret.upper())
        own, other = self.target.offers
        given, offer = self.chance.choice([*((guess, own) for guess in guesses), (secret, other)])
        path = self._choose("/conv/offer", "/conv") if given else "/conv/offer"
        if self.chance.random() < 0.5:
            return self._ask({"offer_id": offer}, ("authorization", f"Bearer {given}"), path="/conv/offer")
        return self._ask({"offer_id": offer, "secret": given}, path=path)

    def forge_signature(self) -> Attack:
        body = self._write_body()
        name, header = sign(self.target.foreign_signing_key, body, self._make_nonce(), host=self.target.host)
        own_name = self.target.signing_key.split("_")[2]
        forged = self.chance.choice(
            [
                header,
                header.replace("v1=", "v1=0")[:-1],
                header.replace(self.target.foreign_signing_key.split("_")[2], own_name),
                header.replace("v1=", "v2="),
                header[: self.chance.randrange(len(header))],
                "t=,kid=,nonce=,v1=",
            ]
        )
        return self._post(body, (name, forged))

    def sign_too_early_or_late(self) -> Attack:
        body = self._write_body()
        age_s = self._choose(-1, 1) * self.chance.randrange(310, 10**6)
        return self._post(body, sign(self.target.signing_key, body, self._make_nonce(), age_s=age_s))

    def replay(self) -> Attack:
        """As it was seen, and with something changed."""
        seen = self.target.seen
        changed = [
            seen,
            seen._replace(body=seen.body.replace(b"12.50", b"99.50")),
            seen._replace(query="revenue=99.50"),
            seen._replace(headers=[("host", self.target.other_host), *seen.headers[1:]]),
            seen._replace(path="/conv/offer"),
        ]
        return self.chance.choice(changed)

    def take_back(self) -> Attack:
        """Of an order that is approved."""
        event = self._choose("refund", "chargeback", "void")
        named = {"txn_id": "paid", "event": event, "refund_id": self._make_order(), "revenue": "1.00"}
        return self._ask({**named, "key": self.target.publishable_key})

    def report_another_amount(self) -> Attack:
        revenue = f"{self.chance.randrange(10**6)}.{self.chance.randrange(10, 100)}"
        return self._ask({"txn_id": "paid", "revenue": revenue, "key": self.target.publishable_key})

    def claim_what_is_nobodys(self) -> Attack:
        """An order that a server proved, without saying whose it is."""
        named = {"txn_id": "organic", "event": self._choose("sale", "sale", "signup"), "revenue": "99.00"}
        whose = self._choose(
            {"link_id": self.target.slug},
            {"link_id": self.target.slug, "currency": "KWD"},
            {"click_id": self.target.old_click},
            {"click_id": self.target.bot_click, "link_id": self.target.slug},
            {"offer_id": "rain"},
            {"coupon": "ANN10"},
        )
        return self._ask({**named, **whose, "key": self.target.publishable_key})

    def malform_query(self) -> Attack:
        name = self.chance.choice(
            [
                "event",
                "revenue",
                "currency",
                "txn_id",
                "refund_id",
                "occurred_at",
                "coupon",
                "offer_id",
                "link_id",
                "key",
            ]
        )
        query = urlencode({"txn_id": self._make_order(), name: self._make_garbage()})
        if self.chance.random() < 0.3:
            query += "&" + self._make_garbage().encode("ascii", "ignore").decode() + "%ff%"
        return Attack(
            self._choose("GET", "POST", "PUT", "HEAD"), self._choose("/conv", "/conv/offer"), query, self._head()
        )

    def malform_body(self) -> Attack:
        bodies: list[bytes] = [
            self.chance.randbytes(self.chance.randrange(200)),
            json.dumps({"txn_id": self.chance.choice([[], {}, 1e999, True, None, -1]), "revenue": "x"}).encode(),
            b"[" * self.chance.randrange(1, 5_000),
            b'{"txn_id": "' + b"a" * self.chance.randrange(16_000, 17_000) + b'"}',
            b"txn_id=%ff&revenue=1",
            json.dumps({self._make_garbage(): self._make_garbage()}).encode(),
        ]
        return self._post(self.chance.choice(bodies), self.chance.choice([_FORM, _JSON, ("content-type", "\xff")]))

    def _ask(self, named: dict[str, str], *headers: tuple[str, str], path: str = "/conv") -> Attack:
        order = {} if self.chance.random() < 0.3 and "click_id" in named else {"txn_id": self._make_order()}
        amount = {"revenue": "12.50", "currency": "EUR"}
        query = urlencode({**order, **amount, **named}, errors="replace")
        if self.chance.random() < 0.2:
            return Attack("POST", path, "", self._head(_FORM, *headers), query.encode())
        return Attack("GET", path, query, self._head(*headers))

    def _post(self, body: bytes, *headers: tuple[str, str]) -> Attack:
        return Attack("POST", "/conv", "", self._head(("content-length", str(len(body))), *headers), body)

    def _head(self, *headers: tuple[str, str]) -> list[tuple[str, str]]:
        return [("host", self.target.host), *SERVER, *headers]

    def _write_body(self) -> bytes:
        return json.dumps({"txn_id": self._make_order(), "revenue": "12.50", "currency": "EUR"}).encode()

    def _make_order(self) -> str:
        return f"forged-{self._number}"

    def _make_nonce(self) -> str:
        return f"nonce-{self._number:020}"

    def _make_garbage(self) -> str:
        letters = string.printable + "\0\x7f\u0661é\N{SNOWMAN}\u202e"
        text = "".join(self.chance.choices(letters, k=self.chance.randrange(150)))
        return self.chance.choice([text, "-1", "1e9", "NaN", "9" * 40, "0x1", "null", "' OR 1=1 --", "9999-99-99", ""])

    def _choose(self, *values: Any) -> Any:
        return self.chance.choice(values)
