"""Tells an administrator what is wrong with a policy text before it can become a version.

Speaks of the policy's own name and line, not of the engine's inner words. The `code` of a problem
is stable, so that the console can say it in other languages; `detail` holds what the text names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cedarpy

from policies.rules import read_step_up
from policies.source import PolicySource, schema_text

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|;|\n|\S')
_REASON: Final = re.compile(r"[a-z][a-z0-9_]*")
_PREFIX: Final = re.compile(r"^(?:for policy `[^`]+`, |Policy parse error: )")
_EXPLANATIONS: Final = (
    (
        "unguarded_fact",
        re.compile(r"unable to guarantee safety of access to optional attribute `(.+)` in"),
        "{0} may be unknown: ask `has` before using it",
    ),
    ("unknown_fact", re.compile(r"attribute `(.+)` (?:on|in) .*not found"), "no fact named {0}"),
    ("unknown_action", re.compile(r"unrecognized action `Action::(.+)`"), "no action named {0}"),
    ("unknown_kind", re.compile(r"unrecognized entity type `(.+)`"), "no kind of thing named {0}"),
    (
        "wrong_type",
        re.compile(r"types (\w+) and (\w+) are not compatible"),
        "compares a {0} with a {1}",
    ),
    (
        "wrong_type",
        re.compile(r"unexpected type: expected (.+) but saw (.+)"),
        "a {0} is needed where a {1} stands",
    ),
    (
        "never_applies",
        re.compile(r"unable to find an applicable action"),
        "can never apply: no action fits its person and client",
    ),
    ("syntax", re.compile(r"unexpected end of input()"), "the policy is not finished"),
    ("syntax", re.compile(r"unexpected token `(.+)`"), "{0} cannot stand here"),
    ("syntax", re.compile(r"`(.+)` is not a valid function"), "no function named {0}"),
    ("syntax", re.compile(r"duplicate annotation: (.+)"), "{0} is written twice"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend: in whose text (`client_id` "" is the shared one), where, and what."""

    code: str
    message: str
    policy: str = ""
    line: int = 0
    client_id: str = ""
    detail: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"policy {self.policy}" if self.policy else "a policy"
        owner = f" of client {self.client_id}" if self.client_id else ""
        return f"line {self.line}, {where}{owner}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    text: str
    line: int
    client_id: str


def validate_policies(source: PolicySource) -> tuple[Problem, ...]:
    """Every problem of a version, in the order of its text; none means it may be saved."""
    schema = cedarpy.Schema.from_str(schema_text())
    texts = [("", source.shared), *sorted(source.by_client.items())]
    names: dict[str, set[str]] = {}
    problems: list[Problem] = []
    for client_id, text in texts:
        taken = set(names.get("", ()))
        for statement in _statements(text, client_id):
            problems.extend(_statement_problems(statement, schema, taken))
        names[client_id] = taken
    return tuple(problems)


def _statements(text: str, client_id: str) -> Iterator[_Statement]:
    """Cut at the semicolons outside strings and comments, remembering where each begins."""
    start, line, first_line = 0, 1, 0
    for token in _TOKEN.finditer(text):
        if token[0] == "\n":
            line += 1
            continue
        if token[0].startswith("//"):
            continue
        first_line = first_line or line
        if token[0] == ";":
            yield _Statement(text=text[start : token.end()], line=first_line, client_id=client_id)
            start, first_line = token.end(), 0
        line += token[0].count("\n")
    if first_line:
        yield _Statement(text=text[start:], line=first_line, client_id=client_id)


def _statement_problems(
    statement: _Statement, schema: cedarpy.Schema, taken: set[str]
) -> Iterator[Problem]:
    try:
        parsed = cedarpy.policies_to_pst(statement.text)
    except ValueError as error:
        yield _explained(str(error), statement, name="")
        return
    if parsed.templates:
        message = "?principal and ?resource are not used here: write out whom and what it is for"
        yield _problem("template", message, statement)
        return
    for policy in parsed.static_policies.values():
        name = policy.annotations.get("id", "")
        yield from _annotation_problems(policy, statement, taken)
        taken.add(name)
        for flaw in cedarpy.validate_policies(statement.text, schema).errors:
            yield _explained(flaw.error, statement, name=name)


def _annotation_problems(
    policy: cedarpy.pst.Template, statement: _Statement, taken: set[str]
) -> Iterator[Problem]:
    name = policy.annotations.get("id", "")
    if not name:
        yield _problem("unnamed", 'needs a name: @id("…")', statement)
    elif name in taken:
        yield _problem("duplicate_name", "another policy has this name", statement, name)
    reason = policy.annotations.get("reason")
    if reason is not None and not _REASON.fullmatch(reason):
        message = "@reason is one word of small letters, digits and underscores"
        yield _problem("malformed_reason", message, statement, name)
    try:
        read_step_up(policy.effect, policy.annotations)
    except ValueError as error:
        yield _problem("malformed_obligation", str(error), statement, name)


def _explained(raw: str, statement: _Statement, *, name: str) -> Problem:
    said = _PREFIX.sub("", raw)
    for code, pattern, message in _EXPLANATIONS:
        match = pattern.search(said)
        if match:
            words = match.groups()
            return _problem(code, message.format(*words), statement, name, detail=words)
    return _problem("not_accepted", said, statement, name)


def _problem(
    code: str, message: str, statement: _Statement, name: str = "", *, detail: tuple[str, ...] = ()
) -> Problem:
    return Problem(
        code=code,
        message=message,
        policy=name,
        line=statement.line,
        client_id=statement.client_id,
        detail=detail,
    )
