"""Whether a click is on a list of a policy, by what is stored of it: its network, its country and its user agent."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from tracking.bots.kept_networks import KEPT_BITS
from tracking.bots.patterns import PatternSet
from tracking.bots.policies.rules import EMPTY_LISTS, Lists, Policy
from tracking.bots.verdicts import Reason

_PATTERNS_MAX_BYTES: Final = 8 << 20


class _Networks:
    """For each length of prefix the networks of that length, so that a click costs one look for each length."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._by_shift: dict[tuple[int, int], set[int]] = {}
        for text in networks:
            network = ipaddress.ip_network(text)
            kept_bits = KEPT_BITS[network.version]
            shift = kept_bits - network.prefixlen
            prefix = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
            self._by_shift.setdefault((kept_bits // 8, shift), set()).add(prefix)

    def __contains__(self, network: bytes) -> bool:
        number = int.from_bytes(network)
        return any(
            number >> shift in prefixes
            for (length, shift), prefixes in self._by_shift.items()
            if length == len(network)
        )


class _CompiledLists:
    def __init__(self, lists: Lists) -> None:
        self._networks = _Networks(lists.networks)
        self._countries = frozenset(lists.countries)
        self._user_agents = compile_patterns(lists.user_agent_patterns)

    def holds(self, network: bytes | None, country: str | None, user_agent: str) -> bool:
        return (
            (network is not None and network in self._networks)
            or country in self._countries
            or bool(self._user_agents.match(user_agent))
        )


def compile_patterns(patterns: Iterable[str]) -> PatternSet:
    """Raises re2.error where they are too much together; each was looked at alone."""
    return PatternSet(patterns, _PATTERNS_MAX_BYTES)


@lru_cache(maxsize=1_000)
def _compile(lists: Lists) -> _CompiledLists:
    return _CompiledLists(lists)


def find_listed(policy: Policy, network: bytes | None, country: str | None, user_agent: str) -> int:
    """The reason that the lists of a policy give, if any. What is on both lists is allowed."""
    if policy.allow != EMPTY_LISTS and _compile(policy.allow).holds(network, country, user_agent):
        return int(Reason.ALLOWED_BY_POLICY)
    if policy.deny != EMPTY_LISTS and _compile(policy.deny).holds(network, country, user_agent):
        return int(Reason.DENIED_BY_POLICY)
    return 0
