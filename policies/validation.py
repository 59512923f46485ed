"""Tells an administrator what is wrong with a policy text before it can become a version.

Speaks of the policy's own name and line, not of the engine's inner words, and says which names
there are. The `code` of a problem is stable, so that the console can say it in other languages;
`detail` holds what the text names, `known` what it could have named.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from typing import Final

import cedarpy

from policies.obligations import MalformedObligation, read_obligation
from policies.sayings import MalformedSaying, read_sayings
from policies.source import PolicySource
from policies.spelling import Misspelt, misspelt
from policies.statements import Statement, cut
from policies.vocabulary import ACTIONS, KINDS, names_of, schema_text

MOST_CHARACTERS: Final = 262_144
"""How long one text may be; Cedar reads this much in some 0.1 s."""
MOST_CHARACTERS_OF_ONE: Final = 16_384
MOST_POLICIES: Final = 1_000
"""How many policies may hold for one client: the cost curve is measured up to here."""
MOST_PROBLEMS: Final = 100

_REASON: Final = re.compile(r"[a-z][a-z0-9_]*")
_PREFIX: Final = re.compile(r"^(?:for policy `[^`]+`, |Policy parse error: )")
_EXPLANATIONS: Final = (
    (
        "unguarded_fact",
        re.compile(r"unable to guarantee safety of access to optional attribute `(.+)` in"),
        "{0} may be unknown: ask `has` before using it",
    ),
    (
        "unguarded_property",
        re.compile(r"unable to guarantee safety of access to tag `\"(.+)\"`"),
        'the asking system may not give {0}: ask `hasTag("{0}")` before using it',
    ),
    (
        "only_in_use",
        re.compile(r"attribute `(kind|operation)` (?:on|in) .*not found"),
        '{0} is known only where something inside a client is used: write action == Action::"use"',
    ),
    ("unknown_fact", re.compile(r"attribute `(.+?)` (?:on|in) .*not found"), "no fact named {0}"),
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
    known: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"policy {self.policy}" if self.policy else "a policy"
        owner = f" of client {self.client_id}" if self.client_id else ""
        return f"line {self.line}, {where}{owner}: {self.message}"


def validate_policies(source: PolicySource) -> tuple[Problem, ...]:
    """Every problem of a version, in the order of its text; none means it may be saved."""
    texts = [("", source.shared), *sorted(source.by_client.items())]
    long = [problem for client_id, text in texts for problem in _length(text, client_id)]
    if long:
        return tuple(long)
    schema = _schema()
    names: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    problems: list[Problem] = []
    for client_id, text in texts:
        taken = set(names.get("", ()))
        statements = list(cut(text, client_id))
        counts[client_id] = len(statements) + (counts.get("", 0) if client_id else 0)
        problems.extend(_number(counts[client_id], client_id))
        if len(statements) <= MOST_POLICIES:
            for statement in statements:
                problems.extend(_statement_problems(statement, schema, taken))
        names[client_id] = taken
        if len(problems) >= MOST_PROBLEMS:
            break
    return tuple(problems[:MOST_PROBLEMS])


@cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_str(schema_text())


def _length(text: str, client_id: str) -> Iterator[Problem]:
    if len(text) > MOST_CHARACTERS:
        message = f"the text has {len(text):,} characters, and may have {MOST_CHARACTERS:,}"
        detail = (f"{len(text):,}", f"{MOST_CHARACTERS:,}")
        yield Problem(code="too_long", message=message, line=1, client_id=client_id, detail=detail)


def _number(count: int, client_id: str) -> Iterator[Problem]:
    if count > MOST_POLICIES:
        message = f"{count:,} policies would hold for one client; there may be {MOST_POLICIES:,}"
        detail = (f"{count:,}", f"{MOST_POLICIES:,}")
        yield Problem(code="too_many", message=message, line=1, client_id=client_id, detail=detail)


def _statement_problems(
    statement: Statement, schema: cedarpy.Schema, taken: set[str]
) -> Iterator[Problem]:
    if len(statement.text) > MOST_CHARACTERS_OF_ONE:
        message = f"is longer than {MOST_CHARACTERS_OF_ONE:,} characters: make several of it"
        detail = (f"{len(statement.text):,}", f"{MOST_CHARACTERS_OF_ONE:,}")
        yield replace(_problem("too_long", message, statement), detail=detail)
        return
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
        yield from _flaws(policy, statement, schema, name)


def _flaws(
    policy: cedarpy.pst.Template, statement: Statement, schema: cedarpy.Schema, name: str
) -> Iterator[Problem]:
    """What Cedar finds: once, though it judges a policy for each action; causes, not their echo.

    And what it lets pass although it could never be.
    """
    errors = cedarpy.validate_policies(statement.text, schema).errors
    found = [_explained(flaw.error, statement, name=name) for flaw in errors]
    found += [_misspelt(each, statement, name) for each in misspelt(policy)]
    has_cause = any(each.code in {"unknown_action", "unknown_kind"} for each in found)
    for each in dict.fromkeys(found):
        if not (has_cause and each.code == "never_applies"):
            yield each


def _misspelt(found: Misspelt, statement: Statement, name: str) -> Problem:
    if not found.known:
        problem = _problem("unknown_fact", f"no fact named {found.fact}", statement, name)
        line = statement.line_of(found.fact.rpartition(".")[2])
        return _with_known_names(replace(problem, line=line, detail=(found.fact,)))
    message = f'{found.fact} is never "{found.value}"'
    problem = _problem("unknown_value", message, statement, name)
    line = statement.line_of(f'"{found.value}"')
    detail = (found.fact, found.value)
    return _among(replace(problem, line=line, detail=detail), found.value, found.known)


def _annotation_problems(
    policy: cedarpy.pst.Template, statement: Statement, taken: set[str]
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
        read_sayings(policy.effect, policy.annotations)
    except MalformedSaying as error:
        yield _problem("malformed_saying", str(error), statement, name)
    try:
        read_obligation(policy.effect, policy.annotations)
    except MalformedObligation as error:
        problem = _problem("malformed_obligation", str(error), statement, name)
        yield replace(problem, detail=(error.code, *error.words))


def _explained(raw: str, statement: Statement, *, name: str) -> Problem:
    said = _PREFIX.sub("", raw)
    for code, pattern, message in _EXPLANATIONS:
        match = pattern.search(said)
        if match:
            words = match.groups()
            problem = _problem(code, message.format(*words), statement, name)
            line = statement.line_of(words[0]) if words else statement.line
            return _with_known_names(replace(problem, line=line, detail=words))
    return _problem("not_accepted", said, statement, name)


def _with_known_names(problem: Problem) -> Problem:
    """Say what could have been meant, and what there is."""
    if problem.code not in {"unknown_fact", "unknown_action", "unknown_kind"}:
        return problem
    meant = problem.detail[0].strip('"')
    return _among(problem, meant.rpartition(".")[2], _known(problem.code, meant))


def _among(problem: Problem, meant: str, known: tuple[str, ...]) -> Problem:
    close = get_close_matches(meant, known, n=1)
    guess = f" (did you mean {close[0]}?)" if close else ""
    return replace(
        problem, message=f"{problem.message}{guess}; there are {', '.join(known)}", known=known
    )


def _known(code: str, meant: str) -> tuple[str, ...]:
    if code == "unknown_action":
        return ACTIONS
    if code == "unknown_kind":
        return KINDS
    group = meant.partition(".")[0]
    if "." in meant and group in {"subject", "request"}:
        return tuple(name.name for name in names_of("subject" if group == "subject" else "request"))
    return ("context.subject", "context.request", *(name.name for name in names_of("client")))


def _problem(code: str, message: str, statement: Statement, name: str = "") -> Problem:
    return Problem(
        code=code,
        message=message,
        policy=name,
        line=statement.line,
        client_id=statement.client_id,
    )
