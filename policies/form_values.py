"""The conditions of a form: a fact, how it compares, and with what.

How they look in Cedar is `form_expressions`' to say.
"""

from dataclasses import dataclass
from typing import Final, Literal

from policies.vocabulary import BY_KEY

Operator = Literal[
    "is",
    "is_not",
    "less",
    "at_most",
    "more",
    "at_least",
    "one_of",
    "begins_with",
    "contains",
    "contains_any",
    "contains_all",
    "is_known",
    "is_unknown",
]
Value = str | int | bool

OPERATION: Final = "operation"
PROPERTY_GROUPS: Final = ("person", "item", "circumstance")
"""Groups whose names the asking system makes up: `item.owner`."""

OPERATORS: Final[dict[str, tuple[Operator, ...]]] = {
    "Long": ("is", "is_not", "less", "at_most", "more", "at_least"),
    "String": ("is", "is_not", "one_of", "begins_with"),
    "Bool": ("is",),
    "Set<String>": ("contains", "contains_any", "contains_all"),
    "Operation": ("is", "one_of"),
}
"""What can be said of a fact of each type; of one that may be unknown also whether it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison. `values` are literals; `other` is the key of another fact instead of them."""

    fact: str
    operator: Operator
    values: tuple[Value, ...] = ()
    other: str = ""


def type_of(key: str) -> str:
    """The type of a fact by its key; ValueError where there is none of that name."""
    if key == OPERATION:
        return OPERATION.capitalize()
    if key.partition(".")[0] in PROPERTY_GROUPS and key.partition(".")[2]:
        return "Set<String>"
    if key not in BY_KEY:
        raise ValueError(f"no fact named {key}")
    return BY_KEY[key].type


def operators_of(key: str) -> tuple[Operator, ...]:
    """How a fact can be compared."""
    found = OPERATORS[type_of(key)]
    return (*found, "is_known", "is_unknown") if may_be_unknown(key) else found


def may_be_unknown(key: str) -> bool:
    name = BY_KEY.get(key)
    return name.may_be_unknown if name else key != OPERATION
