"""graphql-core's executor, which takes what it does from the request's budget (`gateway/budget/cost.py`)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Iterator, Sized
from typing import Any

from graphql import OperationType
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from gateway.budget import cost
from gateway.budget.cost import FIELD, INTERFACE, Budget, BudgetExceeded


class BudgetedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes one query, one mutation or one event of a subscription within a budget of its own.

    `BudgetExceeded` is no error of one field, which others survive: it ends the whole execution, and its answer has
    no data.
    """

    budget: Budget

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Begin a budget, then execute."""
        org = self.context_value.view.org
        nodes = len(org.objectives) + len(org.key_results) + len(org.whys)
        mutation = self.operation.operation is OperationType.MUTATION
        self.budget = cost.begin(nodes, mutation=mutation, pace=self.context_value.pace)
        return super().execute_operation(serially)

    def execute_fields(self, parent_type: Any, source_value: Any, path: Any, grouped_field_set: Any, *more: Any) -> Any:
        """Take the fields of an object, then execute them."""
        units = 1 if parent_type.name.startswith("__") else FIELD  # introspection is bounded by the document's limits
        self.budget.take(units * len(grouped_field_set))
        return super().execute_fields(parent_type, source_value, path, grouped_field_set, *more)

    def complete_abstract_value(self, *what: Any) -> Any:
        """Find out which type an interface's object is of, then complete it."""
        self.budget.take(INTERFACE)
        return super().complete_abstract_value(*what)

    def complete_list_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, *more: Any
    ) -> Any:
        """Take the items of a list, then complete them."""
        if isinstance(result, Sized) and not info.parent_type.name.startswith("__"):
            self.budget.take(FIELD * len(result))
        return super().complete_list_value(return_type, field_details_list, info, path, result, *more)

    def complete_awaitable_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, *more: Any
    ) -> Any:
        """Complete a field that was waited for when its caller's pace allows it: others may have come to the same
        point.
        """
        paced = self._paced(result)
        return super().complete_awaitable_value(return_type, field_details_list, info, path, paced, *more)

    async def _paced(self, result: Awaitable[Any]) -> Any:
        found = await result
        await self.context_value.pace.wait()
        return found

    def handle_field_error(self, raw_error: Exception, *where: Any) -> None:
        """Raise `BudgetExceeded` up to the root, through nullable fields too."""
        if isinstance(raw_error, BudgetExceeded):
            raise raw_error
        super().handle_field_error(raw_error, *where)


class ReadingCharge(SchemaExtension):
    """Charges the caller's pace for the time in which their document is read, whether it is refused or not."""

    def on_operation(self) -> Iterator[None]:
        """Comes before the extension that reads documents."""
        self._began = time.monotonic()
        yield

    def on_validate(self) -> Iterator[None]:
        """The document is read."""
        self.execution_context.context.pace.charge(time.monotonic() - self._began)
        yield
