"""What is read quickly is answered as graphql-core answers it: values, order, mistakes and where they are."""

import json
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, Final

import pytest
from graphql import GraphQLError, GraphQLInt, Undefined
from hypothesis import given
from hypothesis import strategies as st

import api.execution
import api.quick_fields
from api.execution import Execution
from api.quick_fields import TRIED_WITH, are_versions_known
from tests.unit.api.executing import Kind, Other, Tree, answer, make_leaf, make_tree

LEAF = "name id text count big share isOn kind at tags seen"
EVERYTHING = f"""{{
  maybeTree {{
    ...Parts again: name late {{ {LEAF} }} method twice: method(times: 2)
    maybes {{ {LEAF} }} leaves {{ count name }} named {{ name ... on Leaf {{ count }} }}
    either {{ ... on Other {{ name }} __typename }}
  }}
}}
fragment Parts on Tree {{ leaf {{ {LEAF} other: count __typename }} maybe {{ {LEAF} }} name }}
"""


class Broken:
    """Whatever is read of it fails."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"no {name} today")


class Late(Other):
    """Its name is a promise, made anew for everybody who asks."""

    def __getattribute__(self, name: str) -> Any:
        return _promise("late") if name == "name" else super().__getattribute__(name)


async def _promise(text: str) -> str:
    return text


WRONG: dict[str, Callable[[], Tree]] = {
    "nothing": make_tree,
    "null in a required leaf": lambda: make_tree(leaf=make_leaf(count=None)),
    "null in a leaf of a list": lambda: make_tree(leaves=[make_leaf(), make_leaf(name=None)]),
    "null in a list that may hold it": lambda: make_tree(maybes=[None, make_leaf(big=None), make_leaf()]),
    "null for a required object": lambda: make_tree(leaf=None),
    "null in a list of required objects": lambda: make_tree(leaves=[None]),
    "an object of another type": lambda: make_tree(maybe=make_tree()),
    "nobody's object": lambda: make_tree(maybe=SimpleNamespace(name="nobody's")),
    "no list": lambda: make_tree(leaves=7),
    "a number too large": lambda: make_tree(leaf=make_leaf(count=2**31)),
    "a text for a number": lambda: make_tree(maybe=make_leaf(count="three")),
    "a number for a text": lambda: make_tree(maybe=make_leaf(name=3, text=4.5)),
    "a truth for a number": lambda: make_tree(maybe=make_leaf(count=True, share=False)),
    "no number": lambda: make_tree(maybe=make_leaf(share=float("nan"))),
    "a name of an enum": lambda: make_tree(maybe=make_leaf(kind="CUSTOM")),
    "a value of an enum": lambda: make_tree(maybe=make_leaf(kind=Kind.CUSTOM)),
    "no member of an enum": lambda: make_tree(maybe=make_leaf(kind="neither")),
    "no moment": lambda: make_tree(maybe=make_leaf(at="yesterday")),
    "undefined": lambda: make_tree(maybe=make_leaf(text=Undefined, count=Undefined)),
    "an exception for a value": lambda: make_tree(maybe=make_leaf(text=ValueError("no text"))),
    "an exception for an object": lambda: make_tree(maybe=GraphQLError("no leaf", extensions={"code": "GONE"})),
    "an exception in a list": lambda: make_tree(maybes=[make_leaf(), ValueError("no leaf")]),
    "attributes that fail": lambda: make_tree(named=Broken(), either=Broken(), maybe=Broken()),
    "a tree of which nothing can be read": lambda: make_tree(name=None, leaf=Broken()),
    "two mistakes": lambda: make_tree(maybe=make_leaf(count=None, name=None), maybes=[make_leaf(at=None)]),
}


RIGHT: Final = {"nothing", "a number for a text", "a value of an enum", "a truth for a number"}


@pytest.mark.parametrize("name", WRONG)
async def test_mistakes_are_told_in_the_same_words_at_the_same_place(name: str) -> None:
    told = await answer(EVERYTHING, WRONG[name]())

    assert ('"message"' in told) == (
        name not in {"nothing", "a number for a text", "a value of an enum", "a truth for a number"}
    )


async def test_an_attribute_may_be_a_promise() -> None:
    told = await answer("{ tree { named { name ... on Other { same: name } } } }", make_tree(named=Late(name="late")))

    assert told == '[{"tree": {"named": {"name": "late", "same": "late"}}}, []]'


@pytest.mark.parametrize(("is_asked", "leaf"), [(True, {"count": 3}), (False, {"id": "7"})])
async def test_what_is_left_out_is_left_out(is_asked: bool, leaf: dict[str, object]) -> None:
    query = """query($is: Boolean!) {
      tree { a: name @include(if: $is) leaf { id @skip(if: $is) ... @include(if: $is) { count } } }
    }"""
    told = json.loads(await answer(query, make_tree(), **{"is": is_asked}))

    assert told == [{"tree": {**({"a": "tree"} if is_asked else {}), "leaf": leaf}}, []]


async def _forget_nulls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.quick_fields.Attribute, "tell_null", lambda *_: None)
    await answer("{ tree { leaf { count } } }", make_tree(leaf=make_leaf(count=None)))


async def _forget_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aliases come in another order."""
    plan = api.quick_fields.plan_fields
    monkeypatch.setattr(api.execution, "plan_fields", lambda *given: plan(*given)[::-1])
    await answer("{ tree { b: name a: name } }", make_tree())


async def _forget_to_coerce(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.quick_fields, "_UNCHANGED", {GraphQLInt: int})
    await answer("{ tree { leaf { count } } }", make_tree(leaf=make_leaf(count=2**31)))


async def _forget_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.execution.Execution, "complete_object_value", _complete_anything)
    await answer("{ tree { maybe { name } } }", make_tree(maybe=SimpleNamespace(name="nobody's")))


def _complete_anything(self: Execution, *given: Any) -> Any:
    if not self._is_quick:
        return super(Execution, self).complete_object_value(*given)
    type_, details, _, path, value, context = given
    return self.collect_and_execute_subfields(type_, details, path, value, context)


@pytest.mark.parametrize("mistake", [_forget_nulls, _forget_names, _forget_to_coerce, _forget_types])
async def test_a_mistake_in_reading_is_found(
    mistake: Callable[[pytest.MonkeyPatch], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AssertionError, match="quick: "):
        await mistake(monkeypatch)


def test_these_are_the_versions_that_it_was_tried_with(monkeypatch: pytest.MonkeyPatch) -> None:
    assert are_versions_known()
    monkeypatch.setitem(TRIED_WITH, "graphql-core", "3.3.1")
    assert not are_versions_known()


ATTRIBUTES: Final = ("name", "id", "text", "count", "big", "kind", "at", "tags", "seen")
LEAVES: Final = st.lists(st.sampled_from([*ATTRIBUTES, "x: name"]), min_size=1)
OBJECTS: Final = ("leaf", "maybe", "leaves", "maybes", "late", "named", "either", "y: leaf", "y: maybe")
WRONG_VALUES: Final[tuple[Any, ...]] = (
    None,
    0,
    1,
    -1,
    2**31,
    2**63,
    "",
    "text",
    True,
    0.5,
    float("inf"),
    Kind.CUSTOM,
    [],
    {},
    b"x",
    ValueError("no"),
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    parts = []
    for name in draw(st.lists(st.sampled_from(OBJECTS), min_size=1, unique_by=lambda each: each.split(":")[0])):
        inner = " ".join(draw(LEAVES))
        parts.append(f"{name} {{ __typename ... on Leaf {{ {inner} }} }}")
    return f"{{ {draw(st.sampled_from(['tree', 'maybeTree']))} {{ {' '.join(parts)} name }} }}"


@given(query=queries(), changes=st.dictionaries(st.sampled_from(ATTRIBUTES), st.sampled_from(WRONG_VALUES)))
async def test_whatever_is_asked_of_whatever_is_wrong(query: str, changes: dict[str, Any]) -> None:
    leaf = make_leaf(**changes)
    await answer(query, make_tree(leaf=leaf, maybe=leaf, leaves=[make_leaf(), leaf], maybes=[leaf, None], either=leaf))
