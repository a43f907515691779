"""Scenes with ground truth: what people and programs do on links, and which click was whose."""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from bench.behaviour.crowd import (
    CHROME,
    TAPPED,
    Device,
    Door,
    Target,
    Visit,
    make_mixes,
    make_person,
    visit_of,
)
from tracking.clicks.event import ClickEvent, Fact

HOUR_MS = 3_600_000
BURST_CLICKS = 20_000
SCANNED = 0.5  # of the contacts of a message that is scanned
READS = 0.5  # of all contacts
SAME_BROWSER = 0.15  # of those who read on a computer that has the scanner's browser, by name
IN_THE_MIDDLE = 0.1  # of the scanned who read: they open a link while the scanner still runs
IN_PARALLEL = 0.92  # of the scanners: they ask for the links at once; the others for one after the other
HOSTED = 0.5  # of the scanners
HOSTING_NETWORKS = "192.0.2.0/24\n198.18.0.0/15\n"


class Labelled(NamedTuple):
    event: ClickEvent
    scene: str
    is_person: bool


Make = Callable[[random.Random, Door, Sequence[Target], int], Iterator[Labelled]]


def play_post(chance: random.Random, door: Door, targets: Sequence[Target], start_ms: int) -> Iterator[Labelled]:
    """A creator's post: an hour of people, most in the first minutes, behind the networks of four carriers."""
    yield from _play_crowd(chance, door, targets[0], start_ms, "a creator's post, four networks", (4, 256))


def play_narrow_post(chance: random.Random, door: Door, targets: Sequence[Target], start_ms: int) -> Iterator[Labelled]:
    """The same behind sixteen addresses of one network: hundreds of people share each of them."""
    yield from _play_crowd(chance, door, targets[0], start_ms, "the same, sixteen addresses", (1, 16))


def _play_crowd(  # noqa: PLR0917 -- the last two are what a scene is
    chance: random.Random, door: Door, target: Target, start_ms: int, scene: str, carriers: tuple[int, int]
) -> Iterator[Labelled]:
    mixes = make_mixes(chance)
    clicks = 0
    while clicks < BURST_CLICKS:
        person = make_person(chance, clicks, chance.choice(mixes), *carriers)
        at_ms = start_ms + _choose_delay_ms(chance, 12 * 60, HOUR_MS)
        for _ in range(1 if chance.random() < 0.85 else chance.randint(2, 4)):
            yield Labelled(door.click(target, at_ms, visit_of(person)), scene, is_person=True)
            clicks += 1
            at_ms += chance.randint(2_000, 90_000)


def play_message(
    chance: random.Random, door: Door, targets: Sequence[Target], start_ms: int, scene: str
) -> Iterator[Labelled]:
    """A message to many: some are scanned on arrival, some are read, some are both. Targets in order of contact."""
    by_contact: dict[int | None, list[Target]] = {}
    for target in targets:
        by_contact.setdefault(target.contact_id, []).append(target)
    mixes = make_mixes(chance)
    for number, links in enumerate(by_contact.values()):
        arrived_ms = start_ms + number * 400
        is_scanned = chance.random() < SCANNED
        duration_ms = 0
        if is_scanned:
            scan = list(_scan(chance, links, arrived_ms + chance.randint(300, 4_000)))
            duration_ms = scan[-1][1] - scan[0][1]
            for target, at_ms, visit in scan:
                yield Labelled(door.click(target, at_ms, visit), scene, is_person=False)
        if chance.random() < READS:
            person = make_person(chance, number, chance.choice(mixes), 16, 256)
            if is_scanned and chance.random() < SAME_BROWSER:
                person = person._replace(device=_choose_scanner(chance))
            at_ms = arrived_ms + _choose_delay_ms(chance, 20 * 60, 20 * HOUR_MS)
            if is_scanned and chance.random() < IN_THE_MIDDLE:
                at_ms = scan[0][1] + chance.randint(50, max(duration_ms, 60))
            for link in chance.sample(links, 1 if chance.random() < 0.8 else min(2, len(links))):
                yield Labelled(door.click(link, at_ms, visit_of(person)), scene, is_person=True)
                at_ms += chance.randint(8_000, 120_000)


def _scan(chance: random.Random, links: Sequence[Target], start_ms: int) -> Iterator[tuple[Target, int, Visit]]:
    """Every link, in 0.2 to 10 s, from one address or up to sixteen, in a hosting network or in ordinary ones."""
    device = _choose_scanner(chance)
    addresses = _choose_scanner_addresses(chance)
    is_parallel = chance.random() < IN_PARALLEL
    at_ms = start_ms
    for target in links:
        yield target, at_ms, Visit(chance.choice(addresses), device.user_agent, b"en-US,en;q=0.9", device.facts)
        at_ms += chance.randint(20, 350) if is_parallel else chance.randint(500, 2_400)


def _choose_scanner(chance: random.Random) -> Device:
    """A real browser by its name; driven by hand or by program, some say that somebody tapped and some do not."""
    return Device(CHROME.format(chance.choice((138, 140, 141))).encode(), _choose_facts(chance))


def _choose_facts(chance: random.Random) -> int:
    return int(TAPPED) if chance.random() < 0.5 else int(TAPPED & ~Fact.SEC_FETCH_USER)


def _choose_scanner_addresses(chance: random.Random) -> list[str]:
    count = chance.choice((1, 1, 1, 2, 4, 16))
    if chance.random() < HOSTED:
        return [f"198.18.{chance.randrange(256)}.{chance.randrange(256)}" for _ in range(count)]
    network = f"62.{chance.randrange(256)}.{chance.randrange(256)}"
    if chance.random() < 0.6:
        return [f"{network}.{chance.randrange(256)}" for _ in range(count)]
    return [f"62.{chance.randrange(256)}.{chance.randrange(256)}.9" for _ in range(count)]


def play_gateway(chance: random.Random, door: Door, targets: Sequence[Target], start_ms: int) -> Iterator[Labelled]:
    """One company's gateway opens the only link of each of its people's messages, from one ordinary network."""
    device = Device(CHROME.format(139).encode(), int(TAPPED & ~Fact.SEC_FETCH_USER))
    for number, target in enumerate(targets):
        visit = Visit(f"62.7.7.{number % 4}", device.user_agent, b"en-US", device.facts)
        at_ms = start_ms + number * 700 + chance.randint(0, 500)
        yield Labelled(door.click(target, at_ms, visit), "a gateway, one link each", is_person=False)


def play_sms(chance: random.Random, door: Door, targets: Sequence[Target], start_ms: int) -> Iterator[Labelled]:
    """An SMS to thousands, all within minutes, behind eight networks of carriers."""
    mixes = make_mixes(chance)
    for number, target in enumerate(targets):
        person = make_person(chance, number, chance.choice(mixes), 8, 256)
        at_ms = start_ms + _choose_delay_ms(chance, 8 * 60, 10 * HOUR_MS)
        yield Labelled(door.click(target, at_ms, visit_of(person)), "an SMS behind carriers", is_person=True)


def play_previews(chance: random.Random, door: Door, targets: Sequence[Target], start_ms: int) -> Iterator[Labelled]:
    """Whoever shares a link has it previewed by their own device, and opens it a moment later."""
    mix = make_mixes(chance)[1]
    for number in range(2_000):
        person = make_person(chance, number, mix, 4, 256)
        at_ms = start_ms + chance.randrange(HOUR_MS)
        preview = visit_of(person)._replace(user_agent=b"WhatsApp/2.24.17.79 A")
        for late_ms in (0, 40):
            yield Labelled(door.click(targets[0], at_ms + late_ms, preview), "previews by senders", is_person=False)
        at_ms += chance.randint(500, 20_000)
        yield Labelled(door.click(targets[0], at_ms, visit_of(person)), "previews by senders", is_person=True)


def play_retries(chance: random.Random, door: Door, targets: Sequence[Target], start_ms: int) -> Iterator[Labelled]:
    """People on bad connections ask again and again; programs in a loop do not stop."""
    mix = make_mixes(chance)[1]
    for number in range(1_000):
        person = make_person(chance, number, mix, 4, 256)
        at_ms = start_ms + chance.randrange(HOUR_MS)
        is_loop = number % 20 == 0
        for _ in range(chance.randint(60, 200) if is_loop else chance.randint(1, 6)):
            yield Labelled(door.click(targets[0], at_ms, visit_of(person)), "retries", is_person=not is_loop)
            at_ms += chance.randint(100, 700) if is_loop else chance.randint(800, 4_000)


def _choose_delay_ms(chance: random.Random, median_s: float, longest_ms: int) -> int:
    """From seeing to clicking: log-normal, soon for most and late for some; never sooner than a person reads."""
    while True:
        delay_ms = round(chance.lognormvariate(0, 1.2) * median_s * 1000)
        if 6_000 <= delay_ms < longest_ms:
            return delay_ms
