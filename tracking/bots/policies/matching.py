"""Whether a click is on a list of a policy, by what is stored of it: its network, its country and its user agent."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import re2

from tracking.bots.policies.rules import EMPTY_LISTS, Lists, Policy
from tracking.bots.verdicts import Reason

PATTERNS_MAX_BYTES: Final = 8 << 20

IPV4_STORED_BITS: Final = 24
IPV6_STORED_BITS: Final = 48


class _Networks:
    """For each length of prefix the networks of that length, so that a click costs one look for each length."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._by_shift: dict[tuple[int, int], set[int]] = {}
        for text in networks:
            network = ipaddress.ip_network(text)
            stored_bits = IPV4_STORED_BITS if network.version == 4 else IPV6_STORED_BITS
            shift = stored_bits - network.prefixlen
            prefix = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
            self._by_shift.setdefault((stored_bits // 8, shift), set()).add(prefix)

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
        self._user_agents = compile_patterns(lists.user_agent_patterns) if lists.user_agent_patterns else None

    def holds(self, network: bytes | None, country: str | None, user_agent: str) -> bool:
        return (
            (network is not None and network in self._networks)
            or country in self._countries
            or (self._user_agents is not None and bool(self._user_agents.Match(user_agent)))
        )


def compile_patterns(patterns: Iterable[str]) -> Any:
    """All of them as one automaton. Raises re2.error where they are too much together; each was looked at alone."""
    options = re2.Options()
    options.max_mem = PATTERNS_MAX_BYTES
    options.never_capture = True
    options.log_errors = False
    found = re2.Set.SearchSet(options)
    for pattern in patterns:
        found.Add(pattern)
    found.Compile()
    return found


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
