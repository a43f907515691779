"""Whose network an address is in: found by bisection in two sorted lists, one for each version of IP. Pure."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

from tracking.bots.hosting.networks import Network

NOBODY: Final = -1
_BYTES: Final = {4: 4, 6: 16}


class Ranges:
    """The networks of several owners, who are known by their places. Where networks overlap the narrowest decides,
    and of two owners of the very same network the first.
    """

    def __init__(self, owned: Sequence[Iterable[Network]]) -> None:
        ordered = sorted((*network, owner) for owner, networks in enumerate(owned) for network in networks)
        self._ipv4 = _Line(4, (each for each in ordered if each[0] == 4))
        self._ipv6 = _Line(6, (each for each in ordered if each[0] == 6))
        self.is_empty = not ordered

    def find(self, packed: bytes) -> int:
        """The owner of an address of 4 or 16 bytes, or NOBODY."""
        line = self._ipv4 if len(packed) == 4 else self._ipv6
        place = bisect_right(line.starts, packed) - 1
        return line.owners[place] if place >= 0 else NOBODY


class _Line:
    """All addresses in a row, cut wherever the owner changes."""

    def __init__(self, version: int, ordered: Iterable[tuple[int, int, int, int]]) -> None:
        self.starts: list[bytes] = []
        self.owners = array("i")
        self._bytes = _BYTES[version]
        around: list[tuple[int, int]] = []  # last address and owner of the networks that the current one lies in
        before: tuple[int, int] | None = None
        for _, first, prefix, owner in ordered:
            if (first, prefix) == before:
                continue
            before = (first, prefix)
            self._leave(around, first)
            self._cut(first, owner)
            around.append((Network(version, first, prefix).last, owner))
        self._leave(around, 1 << self._bytes * 8)

    def _leave(self, around: list[tuple[int, int]], until: int) -> None:
        """Close the networks that end before an address."""
        while around and around[-1][0] < until:
            last, _ = around.pop()
            if last + 1 < 1 << self._bytes * 8:
                self._cut(last + 1, around[-1][1] if around else NOBODY)

    def _cut(self, at: int, owner: int) -> None:
        start = at.to_bytes(self._bytes, "big")
        if self.starts and self.starts[-1] == start:
            self.owners[-1] = owner
        elif not self.owners or self.owners[-1] != owner:
            self.starts.append(start)
            self.owners.append(owner)
