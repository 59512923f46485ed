"""The structured form of a policy: for those who do not write Cedar, and back without loss.

A text is cut into blocks; a block whose policy fits the form has one, any other stays text. What
was not changed keeps its own words, notes and spacing. Pages are the console's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Final, Literal, cast

import cedarpy

from policies.form_expressions import NotAForm, read_conditions, write_conditions
from policies.form_values import Condition
from policies.obligations import BY, PARAMETERS, REVERIFY
from policies.sayings import SAYINGS
from policies.statements import cut
from policies.vocabulary import ACTIONS

__all__ = ["Block", "Condition", "NotAForm", "PolicyForm", "form_of", "read_text", "write_text"]

Effect = Literal[
    "permit", "refuse", "step_up", "reverify", "mask_claims", "shorten_session", "notify"
]
_OWN_ANNOTATIONS: Final = frozenset({"id", "reason", "obligation"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyForm:
    """One policy as fields. All of `when` must hold, and not all of `unless` together.

    `parameter` belongs to an obligation (an acr, minutes, claims, whom to tell); `reason` to a
    refusal, as `sayings` do: what people read, in the order of `SAYINGS`. `actions` are those it
    speaks of, both if it says nothing.
    """

    name: str
    effect: Effect
    actions: tuple[str, ...] = ACTIONS
    reason: str = ""
    parameter: str = ""
    sayings: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()

    def text(self) -> str:
        """The Cedar text; ValueError for a condition that no policy can make."""
        lines = [f"@id({_quoted(self.name)})"]
        if self.reason:
            lines.append(f"@reason({_quoted(self.reason)})")
        if self.sayings:
            texts = zip(SAYINGS, self.sayings, strict=True)
            lines += [f"@{name}({_quoted(text)})" for name, text in texts]
        if self.effect in PARAMETERS:
            lines.append(f"@obligation({_quoted(self.effect)})")
            lines += self._parameters()
        word = "permit" if self.effect == "permit" else "forbid"
        lines.append(f"{word} (principal, {_actions(self.actions)}, resource)")
        for keyword, conditions in (("when", self.when), ("unless", self.unless)):
            if conditions:
                lines += [f"{keyword} {{", write_conditions(conditions), "}"]
        return "\n".join(lines) + ";"

    def _parameters(self) -> list[str]:
        """The annotation of an obligation; of `reverify` one for the minutes, one for the ways."""
        words = self.parameter.split()
        ways = [each for each in words if not each.isdigit()] if self.effect == REVERIFY else []
        rest = " ".join(each for each in words if each not in ways) if ways else self.parameter
        written = [f"@{PARAMETERS[self.effect][0]}({_quoted(rest)})"] if rest or not ways else []
        return written + ([f"@{BY}({_quoted(' '.join(ways))})"] if ways else [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One policy of a text: its words, its form if it has one, and else why it has none."""

    text: str
    line: int
    form: PolicyForm | None = None
    why_not: str = ""

    def with_form(self, form: PolicyForm) -> "Block":
        """The block with another form; its notes stay, its policy is written anew."""
        start = _start_of_policy(self.text)
        return Block(text=self.text[:start] + form.text(), line=self.line, form=form)


def read_text(text: str) -> tuple[Block, ...]:
    """The blocks of a text, in its order; each keeps the notes that stand before it."""
    blocks, end = [], 0
    for statement in cut(text):
        end += len(statement.text)
        try:
            form, why_not = form_of(statement.text), ""
        except NotAForm as problem:
            form, why_not = None, str(problem)
        blocks.append(
            Block(text=statement.text.strip("\n"), line=statement.line, form=form, why_not=why_not)
        )
    note = text[end:].strip()
    if note:  # after the last policy
        line = text.count("\n", 0, text.index(note, end)) + 1
        blocks.append(Block(text=note, line=line, why_not="a note, and no policy"))
    return tuple(blocks)


def write_text(blocks: Iterable[Block]) -> str:
    """The text of blocks, one empty line between them."""
    return "\n\n".join(block.text for block in blocks) + "\n"


def form_of(text: str) -> PolicyForm:
    """The form of one policy.

    Raises:
        NotAForm: it says more than the form can, or is no policy.
    """
    try:
        parsed = cedarpy.policies_to_pst(text)
    except ValueError as problem:
        raise NotAForm(f"this is not a policy yet: {problem}") from problem
    if parsed.templates or len(parsed.static_policies) != 1:
        raise NotAForm("the form shows one policy, not a template")
    (policy,) = parsed.static_policies.values()
    effect, parameter = _effect(policy)
    when, unless = _clauses(policy)
    return PolicyForm(
        name=policy.annotations.get("id", ""),
        effect=effect,
        actions=_read_actions(policy.action),
        reason=policy.annotations.get("reason", ""),
        parameter=parameter,
        sayings=_sayings(policy.annotations),
        when=when,
        unless=unless,
    )


def _effect(policy: cedarpy.pst.Template) -> tuple[Effect, str]:
    annotations = policy.annotations
    obligation = annotations.get("obligation")
    own = set(_OWN_ANNOTATIONS)
    if obligation is not None and obligation in PARAMETERS:
        own.add(PARAMETERS[obligation][0])
    if obligation == REVERIFY:
        own.add(BY)
    if obligation is None and policy.effect == "forbid":
        own |= SAYINGS.keys()
    strange = sorted(set(annotations) - own)
    if strange:
        raise NotAForm(f"the form has no place for @{strange[0]}")
    if obligation is None:
        return ("permit" if policy.effect == "permit" else "refuse"), ""
    if obligation not in PARAMETERS or policy.effect == "permit":
        raise NotAForm("this obligation is none, or does not stand on a forbid")
    parameter = annotations.get(PARAMETERS[obligation][0], "")
    if obligation == REVERIFY and BY in annotations:
        ways = annotations[BY].split()
        if not ways or any(each.isdigit() for each in ways) or not (parameter or "0").isdigit():
            raise NotAForm("this obligation is none, or its parameters are not such")
        parameter = " ".join([*parameter.split(), *ways])
    elif obligation == REVERIFY and not (parameter or "0").isdigit():
        raise NotAForm("this obligation is none, or its parameter is not such")
    return cast("Effect", obligation), parameter


def _sayings(annotations: Mapping[str, str]) -> tuple[str, ...]:
    texts = tuple(annotations.get(name, "") for name in SAYINGS)
    return texts if any(texts) else ()


def _clauses(
    policy: cedarpy.pst.Template,
) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
    for scope in (policy.principal, policy.resource):
        if not isinstance(scope, cedarpy.pst.ScopeAny):
            raise NotAForm("it names a person, a client or an item")
    when: list[Condition] = []
    unless: list[Condition] = []
    for clause in policy.clauses:
        is_when = isinstance(clause, cedarpy.pst.When)
        if not is_when and unless:
            raise NotAForm("it has several `unless`")
        (when if is_when else unless).extend(read_conditions(clause.expr))
    return tuple(when), tuple(unless)


def _read_actions(scope: cedarpy.pst.ActionConstraint) -> tuple[str, ...]:
    if isinstance(scope, cedarpy.pst.ActionEq):
        named = [scope.entity.id]
    elif isinstance(scope, cedarpy.pst.ActionIn):
        named = [uid.id for uid in scope.entities]
    else:
        return ACTIONS
    unknown = [name for name in named if name not in ACTIONS]
    if unknown:
        raise NotAForm(f"there is no action named {unknown[0]}")
    return tuple(name for name in ACTIONS if name in named)


def _actions(actions: tuple[str, ...]) -> str:
    chosen = [name for name in ACTIONS if name in actions]
    if len(chosen) == len(ACTIONS):
        return "action"
    if not chosen:
        raise NotAForm("a policy speaks of at least one action")
    return f"action == Action::{_quoted(chosen[0])}"


def _start_of_policy(text: str) -> int:
    """Where the policy begins, after the notes before it."""
    lines = text.splitlines(keepends=True)
    notes = takewhile(lambda line: not line.strip() or line.lstrip().startswith("//"), lines)
    return sum(len(line) for line in notes)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
