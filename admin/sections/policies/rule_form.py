"""One policy as the fields of a form, read from and written to a page without any script.

What cannot be said in fields is refused with words; whether the policy is right is `validation`'s.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, cast, get_args

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from admin.sections.policies.mistakes import not_comparable
from admin.sections.policies.values import value_name
from admin.sections.policies.words import (
    ACTIONS,
    EFFECTS,
    FACTS,
    GROUPS,
    OPERATORS,
    fact_name,
    value_shown,
)
from policies.form_values import OPERATION, Condition, Operator, Value, may_be_unknown, type_of
from policies.forms import Effect, NotAForm, PolicyForm
from policies.obligations import PARAMETERS
from policies.sayings import SAYINGS
from policies.vocabulary import NAMES

MOST_CONDITIONS: Final = 30
"""More stay text: a page must bear them, and a browser send them."""
_SPARE: Final = 2
_SEPARATORS: Final = re.compile("[,，、]")
_MANY: Final = frozenset({"one_of", "contains_any", "contains_all"})
_ALONE: Final = frozenset({"is_known", "is_unknown"})
_LONGEST: Final = 1_000
_IN: Final = (_("In simplified Chinese"), _("In traditional Chinese"), _("In English"))
"""In the order of `SAYINGS`."""


class Mistyped(ValueError):
    """The fields make no policy; `said` tells why, one line for each reason."""

    def __init__(self, said: list[Any]) -> None:
        super().__init__("the fields make no policy")
        self.said = said


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as it is typed; a row without a fact is none."""

    fact: str = ""
    operator: str = "is"
    value: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """A policy as it is typed."""

    name: str = ""
    effect: str = "refuse"
    parameter: str = ""
    reason: str = ""
    sayings: tuple[str, ...] = ("", "", "")
    actions: tuple[str, ...] = ("sign_in", "use")
    when: tuple[Row, ...] = ()
    unless: tuple[Row, ...] = ()

    @classmethod
    def of_form(cls, form: PolicyForm) -> "Fields":
        return cls(
            name=form.name,
            effect=form.effect,
            parameter=form.parameter,
            reason=form.reason,
            sayings=form.sayings or ("", "", ""),
            actions=form.actions,
            when=tuple(map(_row, form.when)),
            unless=tuple(map(_row, form.unless)),
        )

    @classmethod
    def of_post(cls, posted: QueryDict) -> "Fields":
        words = {
            name: posted.get(name, "").strip()[:_LONGEST]
            for name in ("name", "effect", "parameter", "reason")
        }
        actions = tuple(each for each in ACTIONS if each in posted.getlist("actions"))
        return cls(
            **words,
            sayings=tuple(posted.get(each, "").strip()[:_LONGEST] for each in SAYINGS),
            actions=actions,
            when=tuple(_typed_rows(posted, "when")),
            unless=tuple(_typed_rows(posted, "unless")),
        )

    def form(self) -> PolicyForm:
        """The policy.

        Raises:
            Mistyped: the fields make none.
        """
        said: list[Any] = []
        when, unless = (_conditions(rows, said) for rows in (self.when, self.unless))
        if not self.name:
            said.append(_("Give the policy a name."))
        if self.effect not in EFFECTS:
            said.append(_("Choose what the policy does."))
        if not self.actions:
            said.append(_("Choose what it speaks of: signing in, using something, or both."))
        if said:
            raise Mistyped(said)
        return PolicyForm(
            name=self.name,
            effect=cast("Effect", self.effect),
            actions=self.actions,
            reason=self.reason if self.effect == "refuse" else "",
            parameter=self.parameter if self.effect in PARAMETERS else "",
            sayings=self.sayings if self.effect == "refuse" and any(self.sayings) else (),
            when=tuple(when),
            unless=tuple(unless),
        )

    def shown(self) -> dict[str, Any]:
        """For the template: with the choices of each field, and rows to spare."""
        return {
            "fields": self,
            "effects": EFFECTS.items(),
            "sayings": [
                (name, label, text)
                for name, label, text in zip(SAYINGS, _IN, self.sayings, strict=True)
            ],
            "actions": [(key, name, key in self.actions) for key, name in ACTIONS.items()],
            "operators": OPERATORS.items(),
            "parts": [
                ("when", _("It applies when all of this holds"), _numbered(self.when)),
                ("unless", _("But not when all of this holds"), _numbered(self.unless)),
            ],
            "facts": list(_fact_choices((*self.when, *self.unless))),
            "values": list(_known_values()),
        }


def _known_values() -> Iterator[tuple[str, str]]:
    """What can stand for a value, each once, with what it means."""
    named = {value: value_name(name.key, value) for name in NAMES for value in name.values}
    yield from sorted(named.items())


def fits(form: PolicyForm) -> bool:
    """Whether a page can hold its fields, and sends the same policy back when nobody changes one.

    A comma within a value or a space at its end would not come back as it went.
    """
    fields = Fields.of_form(form)
    rows = (*fields.when, *fields.unless)
    typed = [fields.name, fields.parameter, fields.reason, *fields.sayings]
    typed += [word for row in rows for word in (row.value, row.other)]
    if len(rows) > MOST_CONDITIONS or any(map(_is_mended, typed)):
        return False
    try:
        sent = replace(fields, name=fields.name or "unnamed").form()
    except Mistyped:
        return False
    return replace(sent, name=form.name) == form


def _is_mended(word: str) -> bool:
    """Whether a field of a page sends something else back."""
    return word != word.strip()[:_LONGEST] or not word.isprintable()


def _numbered(rows: tuple[Row, ...]) -> list[tuple[int, Row]]:
    return list(enumerate((*rows, *[Row()] * _SPARE)))


def _fact_choices(rows: Iterable[Row]) -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    for group, title in GROUPS:
        yield (
            str(title),
            [(name.key, FACTS.get(name.key, name.key)) for name in NAMES if name.group == group],
        )
    known = {name.key for name in NAMES}
    told = sorted({row.fact for row in rows} - known - {"", OPERATION})
    yield (
        str(_("The system that asks")),
        [(OPERATION, FACTS[OPERATION]), *((key, fact_name(key)) for key in told)],
    )


def _row(condition: Condition) -> Row:
    values = ", ".join(map(value_shown, condition.values))
    return Row(condition.fact, condition.operator, values, condition.other)


def _typed_rows(posted: QueryDict, part: str) -> Iterator[Row]:
    for number in range(MOST_CONDITIONS + _SPARE):
        fact = posted.get(f"{part}-{number}-fact", "")
        if fact:
            words = (
                posted.get(f"{part}-{number}-{name}", "").strip()[:_LONGEST]
                for name in ("operator", "value", "other")
            )
            yield Row(fact[:200], *words)


def _conditions(rows: Iterable[Row], said: list[Any]) -> list[Condition]:
    found = []
    for row in rows:
        try:
            condition = _condition(row)
            PolicyForm(name="x", effect="refuse", when=(condition,)).text()
        except Mistyped as problem:
            said.extend(problem.said)
        except (NotAForm, ValueError):
            said.append(not_comparable(row.fact))
        else:
            found.append(condition)
    return found


def _condition(row: Row) -> Condition:
    if row.operator not in get_args(Operator):
        raise Mistyped([not_comparable(row.fact)])
    operator = cast("Operator", row.operator)
    if operator in _ALONE:
        return Condition(fact=row.fact, operator=operator)
    if row.other:
        if may_be_unknown(row.other):
            raise Mistyped([not_comparable(row.other)])
        return Condition(fact=row.fact, operator=operator, other=row.other)
    return Condition(fact=row.fact, operator=operator, values=_values(row))


def _values(row: Row) -> tuple[Value, ...]:
    kind = type_of(row.fact)
    texts = [each.strip() for each in _SEPARATORS.split(row.value)]
    texts = [each for each in texts if each] if row.operator in _MANY else [row.value]
    if not texts or not row.value:
        raise Mistyped([_("“%(fact)s” needs a value.") % {"fact": fact_name(row.fact)}])
    if kind == "Bool":
        known = {"true": True, "false": False}
        if row.value.lower() not in known:
            raise Mistyped([_("“%(fact)s” is true or false.") % {"fact": fact_name(row.fact)}])
        return (known[row.value.lower()],)
    if kind == "Long":
        if not all(re.fullmatch(r"-?[0-9]{1,18}", each) for each in texts):
            raise Mistyped([_("“%(fact)s” is a whole number.") % {"fact": fact_name(row.fact)}])
        return tuple(map(int, texts))
    return tuple(texts)
