"""How much validation would have to compare: it checks every two fields that could share a place in the answer."""

from collections import Counter
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

_ROOT: Final = 0


def count_comparisons(document: DocumentNode) -> int:
    """An upper bound, in time linear in the document: the squares of how many fields stand at each path.

    Fragments count as if all began at one place, because every two of them may meet somewhere; each spread counts too.
    """
    paths = _Paths()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            paths.add(definition.selection_set, _ROOT)
    fragments = sum(isinstance(definition, FragmentDefinitionNode) for definition in document.definitions)
    return sum(count * count for count in paths.counts.values()) + fragments * (fragments + paths.spreads)


class _Paths:
    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        self.spreads = 0
        self._numbers: dict[tuple[int, str], int] = {}

    def add(self, selection_set: SelectionSetNode | None, parent: int) -> None:
        for selection in selection_set.selections if selection_set else ():
            if isinstance(selection, FieldNode):
                name = (selection.alias or selection.name).value
                path = self._numbers.setdefault((parent, name), len(self._numbers) + 1)
                self.counts[path] += 1
                self.add(selection.selection_set, path)
            elif isinstance(selection, InlineFragmentNode):
                self.add(selection.selection_set, parent)
            elif isinstance(selection, FragmentSpreadNode):
                self.spreads += 1
