"""What of a search the database answers: conditions and orders on attributes that are columns.

A condition never leaves out what the filter matches. Where it also lets nothing else through
(`is_exact`) the database counts and pages; else what it left is filtered by the library, which
stays the judge of every comparison (RFC 7644 §3.4.2.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from scim2_models import ScimFilter, SearchRequest
from scim2_models.path import (
    AttributeBinding,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)

from idp.protocols.scim.resources import StaffUser
from idp.staff.searching import CHANGED, Indexes, Search

_EQ: Final = CompareOperator.eq
_NE: Final = CompareOperator.ne
_OF_TEXT: Final[Mapping[CompareOperator, str]] = {
    _EQ: "exact",
    CompareOperator.co: "contains",
    CompareOperator.sw: "startswith",
    CompareOperator.ew: "endswith",
}
_OF_INSTANT: Final[Mapping[CompareOperator, str]] = {
    _EQ: "exact",
    CompareOperator.gt: "gt",
    CompareOperator.ge: "gte",
    CompareOperator.lt: "lt",
    CompareOperator.le: "lte",
}
_TEXTS: Final = {"user_name": "username", "user_type": "role"}
_INSTANTS: Final = {"created": "created_at", "last_modified": CHANGED}
_ALWAYS: Final = frozenset({"id", "user_name", "user_type", "active", "display_name", "meta"})
"""Attributes that every account has."""


_YEARS: Final = range(1900, 9000)
"""Outside of them a database may not reckon as we do."""
_FURTHEST: Final = 2**31
"""Beyond it no page begins; a database takes no greater number."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A condition on accounts; `is_exact` where it says all that the filter says."""

    where: Q
    is_exact: bool


EVERYTHING: Final = Narrowed(Q(), is_exact=True)
NOTHING: Final = Narrowed(Q(pk__in=[]), is_exact=True)
_UNKNOWN: Final = Narrowed(Q(), is_exact=False)


def narrowed(wanted: ScimFilter[Any] | None, indexes: Indexes) -> Narrowed:
    """What the database can say of a filter of Users."""
    if wanted is None:
        return EVERYTHING
    bound: ScimFilter[Any] = ScimFilter[StaffUser](wanted.ast)  # type: ignore[valid-type]  # a value
    return _Narrowing(bound, indexes).visit(bound.ast)


def order_of(asked: SearchRequest[Any]) -> str | None:
    """The column that a search of Users is ordered by; None where it is no column."""
    if asked.sort_by is None:
        return "username"
    binding = asked.sort_binding(StaffUser)
    if binding is None:
        return None
    if binding.sub_field_name:
        return _INSTANTS.get(binding.sub_field_name) if binding.field_name == "meta" else None
    return {**_TEXTS, "id": "id"}.get(binding.field_name)


def page_of(asked: SearchRequest[Any], where: Q, order: str) -> Search:
    """The page that was asked for, of the accounts that a condition says."""
    return Search(
        where=where,
        order=order,
        is_descending=asked.sort_order == SearchRequest.SortOrder.descending
        and asked.sort_by is not None,
        first=min(asked.start_index_0 or 0, _FURTHEST),
        last=None if asked.stop_index_0 is None else min(asked.stop_index_0, _FURTHEST),
    )


class _Narrowing(FilterVisitor[Narrowed]):
    """From the library's syntax tree to one condition."""

    def __init__(self, bound: ScimFilter[Any], indexes: Indexes) -> None:
        self._bound = bound
        self._indexes = indexes

    def visit_comparison(self, node: Comparison) -> Narrowed:
        binding = self._bound.resolve_comparison(node.attr_path, strict=False)
        if binding is None:
            return NOTHING  # RFC 7644 §3.4.2.1: of no User, and so false
        value = coerce_value(binding, node.value, node.op)
        if node.op is _NE:
            return _without(self._compared(binding, _EQ, value))
        return self._compared(binding, node.op, value)

    def visit_present(self, node: Present) -> Narrowed:
        binding = self._bound.resolve(node.attr_path, strict=False)
        if binding is None:
            return NOTHING
        if binding.field_name == "external_id":
            return Narrowed(Q(external_index__isnull=False), is_exact=True)
        is_whole = binding.field_name in _ALWAYS and binding.sub_field_name is None
        return EVERYTHING if is_whole else _UNKNOWN

    def visit_not(self, node: Not) -> Narrowed:
        return _without(self.visit(node.expr))

    def visit_logical_expr(self, node: LogicalExpr) -> Narrowed:
        terms = [self.visit(term) for term in node.terms]
        is_exact = all(each.is_exact for each in terms)
        if node.op == LogicalOperator.and_:
            return Narrowed(reduce(and_, (each.where for each in terms)), is_exact)
        if any(not each.where for each in terms):
            # An empty condition says everything, but Django drops it from an OR.
            return Narrowed(Q(), any(each == EVERYTHING for each in terms))
        return Narrowed(reduce(or_, (each.where for each in terms)), is_exact)

    def visit_value_path(self, node: ValuePath) -> Narrowed:
        del node
        return _UNKNOWN

    def _compared(self, binding: AttributeBinding, op: CompareOperator, value: Any) -> Narrowed:
        if isinstance(value, bool):
            is_active = binding.field_name == "active" and op is _EQ
            return _exactly(Q(suspended_at__isnull=value)) if is_active else _UNKNOWN
        if isinstance(value, datetime):
            return _instant(binding, op, value)
        return self._text(binding, op, value) if isinstance(value, str) else _UNKNOWN

    def _text(self, binding: AttributeBinding, op: CompareOperator, value: str) -> Narrowed:
        name = binding.field_name
        if name in _TEXTS and op in _OF_TEXT:
            if not _is_kept(value):
                return NOTHING
            return _exactly(Q(**{f"{_TEXTS[name]}__{_OF_TEXT[op]}": binding.comparable(value)}))
        return self._whole(name, value) if op is _EQ and _is_kept(value) else _UNKNOWN

    def _whole(self, name: str, value: str) -> Narrowed:
        """Values that are found whole or not at all."""
        if name == "id":
            return _identified(value)
        if name == "external_id":
            return _exactly(self._indexes.external_id(value))
        if name == "employee_number":
            found = self._indexes.staff_number(value)
            return _UNKNOWN if found is None else Narrowed(found, is_exact=False)
        return _UNKNOWN


def _exactly(where: Q) -> Narrowed:
    return Narrowed(where, is_exact=True)


def _without(inner: Narrowed) -> Narrowed:
    """The contrary; that of a condition that lets too much through would leave some out."""
    if not inner.is_exact:
        return _UNKNOWN
    return _exactly(~inner.where) if inner.where else NOTHING


def _instant(binding: AttributeBinding, op: CompareOperator, value: datetime) -> Narrowed:
    column = _INSTANTS.get(binding.sub_field_name or "")
    if binding.field_name != "meta" or column is None or op not in _OF_INSTANT:
        return _UNKNOWN
    if value.tzinfo is None or value.year not in _YEARS:
        return _UNKNOWN
    return _exactly(Q(**{f"{column}__{_OF_INSTANT[op]}": value}))


def _is_kept(value: str) -> bool:
    """Whether a database could keep it: no NUL, no half character."""
    return "\x00" not in value and value.encode(errors="replace").decode() == value


def _identified(value: str) -> Narrowed:
    try:
        wanted = UUID(value)
    except ValueError:
        return NOTHING
    return _exactly(Q(id=wanted)) if str(wanted) == value else NOTHING
