"""How operations are executed: as graphql-core does, quicker for attributes, and made for streams of days."""

from collections.abc import Awaitable
from typing import Any, Final, TypeAlias, cast

from graphql import (
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    OperationType,
    Undefined,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetails, GroupedFieldSet
from graphql.execution.executor import to_nodes
from graphql.pyutils import Path, gather_with_cancel
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.quick_fields import Attribute, Plan, are_versions_known, plan_fields

_Selected: TypeAlias = tuple[GraphQLObjectType, tuple[int, ...]]
_NO_INFO: Final = cast("GraphQLResolveInfo[Any]", None)
_NEITHER_LATE_NOR_WRONG: Final = frozenset({str, int, bool, float, type(None)})
_COMPLETE: Final = _NEITHER_LATE_NOR_WRONG | {dict, list}
_PLANS: Final = 1_000  # of one operation; a stream whose fragments take variables would make one for each event
_is_quick: Final = are_versions_known()


class Execution(StrawberryGraphQLCoreExecutionContext):
    """Reads attributes without a path, a resolver and a promise for each, and tells mistakes as graphql-core does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._selected: dict[_Selected, CollectedFields] = {}  # of all events: executors of events are shallow copies
        self._plans: dict[tuple[GraphQLObjectType, int], tuple[GroupedFieldSet, Plan]] = {}
        self._is_stream = self.operation.operation is OperationType.SUBSCRIPTION
        has_middlewares = self.middleware_manager is not None and bool(self.middleware_manager.middlewares)
        self._is_quick = _is_quick and not has_middlewares and self.abort_signal is None

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_details_list: list[FieldDetails]
    ) -> CollectedFields:
        """Remember by nodes of the document what they select.

        graphql-core remembers it by lists that it makes anew for each event of a stream: it finds none of them again,
        and forgets none while the stream is open.
        """
        if not self._is_stream or not all(map(_is_plain, field_details_list)):
            return super().collect_subfields(return_type, field_details_list)
        key = (return_type, tuple(id(details.node) for details in field_details_list))
        if key not in self._selected:
            self._selected[key] = super().collect_subfields(return_type, field_details_list)
        return self._selected[key]

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> Any:
        if not self._is_quick or position_context is not None:
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        results: dict[str, Any] = {}
        late: list[str] = []
        try:
            plan = self._find_plan(parent_type, grouped_field_set)
            self._execute_planned(plan, parent_type, source_value, path, results, late)
        except Exception:
            if late:
                self.settle_in_background([results[key] for key in late])
            raise
        return _await_late(results, late) if late else results

    def _execute_planned(  # noqa: PLR0917 -- called for each node
        self,
        plan: Plan,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        results: dict[str, Any],
        late: list[str],
    ) -> None:
        """Fill `results`; `late` are the keys of those that must be awaited."""
        for key, details, attribute, unchanged in plan:
            if attribute is None:
                field_path = Path(path, key, parent_type.name)
                result = self.execute_field(parent_type, source_value, details, field_path, None)
                if result is Undefined:
                    continue
            else:
                try:
                    value = getattr(source_value, attribute.name)
                except Exception as error:  # noqa: BLE001 -- it is told with its place, as what a resolver raises
                    value = error
                if type(value) is unchanged:
                    results[key] = value
                    continue
                result = self._complete(attribute, parent_type, value, details, path, key)
            results[key] = result
            if type(result) not in _COMPLETE and self.is_awaitable(result):
                late.append(key)

    def complete_list_item_value(  # noqa: PLR0917 -- graphql-core's
        self,
        item: Any,
        complete_results: list[Any],
        item_type: GraphQLOutputType,
        field_details_list: list[FieldDetails],
        info: GraphQLResolveInfo[Any],
        item_path: Path,
        position_context: Any,
    ) -> bool:
        """An object needs none of the questions that lead to what it is."""
        named = item_type.of_type if isinstance(item_type, GraphQLNonNull) else item_type
        is_plain = self._is_quick and position_context is None and type(named) is GraphQLObjectType and item is not None
        if not is_plain or item is Undefined or isinstance(item, Exception):
            return super().complete_list_item_value(
                item, complete_results, item_type, field_details_list, info, item_path, position_context
            )
        try:
            object_type = cast("GraphQLObjectType", named)
            completed = self.complete_object_value(object_type, field_details_list, info, item_path, item, None)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is an error of this item
            self.handle_field_error(error, item_type, field_details_list, item_path)
            complete_results.append(None)
            return False
        if isinstance(completed, dict):
            complete_results.append(completed)
            return False
        complete_results.append(self._complete_late(completed, item_type, field_details_list, item_path))
        return True

    def _find_plan(self, parent_type: GraphQLObjectType, selected: GroupedFieldSet) -> Plan:
        key = (parent_type, id(selected))
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= _PLANS:
                self._plans.clear()
            # It holds the selection, so that nothing else gets its id.
            found = self._plans[key] = (selected, plan_fields(self.schema, parent_type, selected))
        return found[1]

    def _complete(  # noqa: PLR0917 -- called for each field of each node
        self,
        attribute: Attribute,
        parent_type: GraphQLObjectType,
        value: Any,
        details: list[FieldDetails],
        parent_path: Path | None,
        key: str,
    ) -> Any:
        """What executing the field would give, or the promise of it."""
        try:
            if type(value) not in _NEITHER_LATE_NOR_WRONG:
                if self.is_awaitable(value):
                    path = Path(parent_path, key, parent_type.name)
                    info = self.build_resolve_info(attribute.field, to_nodes(details), parent_type, path)
                    return self.complete_awaitable_value(attribute.type, details, info, path, value, None)
                if isinstance(value, Exception):
                    raise value  # noqa: TRY301 -- as graphql-core does: resolvers may return what they could raise
            if value is None or value is Undefined:
                return attribute.tell_null(parent_type)
            if attribute.coerce is None:
                return self._complete_object(attribute, value, details, Path(parent_path, key, parent_type.name))
            coerced = attribute.coerce(value)
            if coerced is None or coerced is Undefined:
                return self.complete_leaf_value(cast("GraphQLLeafType", attribute.named), value)  # which raises
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is an error of this field
            self.handle_field_error(error, attribute.type, details, Path(parent_path, key, parent_type.name))
            return None
        return coerced

    def _complete_object(self, attribute: Attribute, value: Any, details: list[FieldDetails], path: Path) -> Any:
        completed = self.complete_object_value(
            cast("GraphQLObjectType", attribute.named), details, _NO_INFO, path, value, None
        )
        if isinstance(completed, dict):
            return completed
        return self._complete_late(completed, attribute.type, details, path)

    async def _complete_late(
        self, completed: Awaitable[Any], type_: GraphQLOutputType, details: list[FieldDetails], path: Path
    ) -> Any:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is an error of this field
            self.handle_field_error(error, type_, details, path)
            return None


async def _await_late(results: dict[str, Any], late: list[str]) -> dict[str, Any]:
    if len(late) == 1:
        results[late[0]] = await results[late[0]]
    else:
        found = await gather_with_cancel(*(results[key] for key in late))
        results.update(zip(late, found, strict=True))
    return results


def _is_plain(details: FieldDetails) -> bool:
    """Nothing but its node decides what it selects."""
    return details.defer_usage is None and details.fragment_variable_values is None
