"""Judging evidence by the declared rules: which level, until when, why, and what more would take.

Pure: rows of evidence come in as `Proof` values. Nothing here is stored, so a rule that changes
holds at once for everybody.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from idp.foundation.clock import end_of_day_in_shanghai, today_in_shanghai
from idp.subjects.level_rules import COLLECTED, LEVEL_RULES, Condition, LevelRule

HIGHEST: Final = max(rule.level for rule in LEVEL_RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One match out of the chain. `asserted` is the most its authority's answer may be worth.

    `conditions` are what the row says of the circumstances; days are Asia/Shanghai's.
    """

    evidence_id: UUID
    method: str
    authority: str
    checked_at: datetime
    asserted: int
    document_id: UUID | None = None
    document_type: str = ""
    valid_until: date | None = None
    expires_at: datetime | None = None
    conditions: frozenset[Condition] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one proof gives under one rule, until when, and the proof it leans on, if any."""

    proof: Proof
    rule: LevelRule
    level: int
    until: datetime | None
    beside: "Judged | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLevel:
    """A level, the evidence it rests on, and until when; `until` None means no known end."""

    level: int
    method: str = ""
    evidence_id: UUID | None = None
    until: datetime | None = None
    because: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to a level: a rule, and whether this installation can go it."""

    rule: LevelRule
    is_offered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a person stands where they do, and the ways to the next level; 0 where none is higher."""

    current: IdentityLevel
    next_level: int = 0
    ways: tuple[Way, ...] = ()


NOTHING_PROVEN: Final = IdentityLevel(level=0)


def judge(proofs: Iterable[Proof], *, now: datetime) -> IdentityLevel:
    """The highest level that stands, and the longest it may, should nothing be revoked."""
    best = max(judgements(proofs, now=now), key=_rank, default=None)
    if best is None:
        return NOTHING_PROVEN
    leaned_on = (best.beside.proof,) if best.beside else ()
    return IdentityLevel(
        level=best.level,
        method=best.proof.method,
        evidence_id=best.proof.evidence_id,
        until=best.until,
        because=(best.proof, *leaned_on),
    )


def judgements(proofs: Iterable[Proof], *, now: datetime) -> list[Judged]:
    """What each proof gives now. A rule that leans on others is judged after those it leans on."""
    live = list(proofs)
    found: list[Judged] = []
    for rule in sorted(LEVEL_RULES, key=lambda each: (each.level, each.beside)):
        found += [
            judged
            for proof in live
            if _fits(proof, rule) and (judged := _judged(proof, rule, found, now)) is not None
        ]
    return found


def explain(
    proofs: Iterable[Proof],
    *,
    methods: Collection[str],
    now: datetime,
    collected: frozenset[Condition] = COLLECTED,
) -> Explanation:
    """The level with its reasons, and every way to the next one; `methods` are those on offer."""
    current = judge(proofs, now=now)
    if current.level >= HIGHEST:
        return Explanation(current=current)
    wanted = current.level + 1
    ways = [
        Way(rule=rule, is_offered=is_offered(rule, methods, collected=collected))
        for rule in LEVEL_RULES
        if rule.level == wanted
    ]
    return Explanation(
        current=current,
        next_level=wanted,
        ways=tuple(sorted(ways, key=lambda way: not way.is_offered)),
    )


def is_offered(
    rule: LevelRule, methods: Collection[str], *, collected: frozenset[Condition] = COLLECTED
) -> bool:
    """Whether a person can come to `rule` here: by its method, under conditions pages collect."""
    return rule.method in methods and rule.conditions <= collected


def reachable(methods: Collection[str], *, collected: frozenset[Condition] = COLLECTED) -> int:
    """The highest level that methods on offer can lead to; 0 without any."""
    level = 0
    for rule in sorted(LEVEL_RULES, key=lambda each: (each.level, each.beside)):
        if is_offered(rule, methods, collected=collected) and rule.beside <= level:
            level = max(level, rule.level)
    return level


def end_of(proof: Proof, rule: LevelRule) -> datetime | None:
    """When this evidence stops counting: its own end, its document's last day, or old age."""
    ends = [proof.expires_at] if proof.expires_at else []
    if proof.valid_until is not None:
        ends.append(end_of_day_in_shanghai(proof.valid_until))
    if rule.max_age:
        last_day = today_in_shanghai(proof.checked_at) + timedelta(days=rule.max_age)
        ends.append(end_of_day_in_shanghai(last_day))
    return min(ends, default=None)


def _fits(proof: Proof, rule: LevelRule) -> bool:
    if proof.method != rule.method or not proof.conditions >= rule.conditions:
        return False
    if not rule.document_types:
        return not proof.document_type
    return proof.document_type in rule.document_types


def _judged(proof: Proof, rule: LevelRule, found: list[Judged], now: datetime) -> Judged | None:
    level, until = min(rule.level, proof.asserted), end_of(proof, rule)
    if level < 1 or not _lasts(until, now):
        return None
    if not rule.beside:
        return Judged(proof=proof, rule=rule, level=level, until=until)
    others = [
        each
        for each in found
        if each.level >= rule.beside
        and each.proof.evidence_id != proof.evidence_id
        and each.proof.document_id == proof.document_id
    ]
    other = max(others, key=lambda each: _length(each.until), default=None)
    if other is None:
        return None
    ends = [each for each in (until, other.until) if each is not None]
    return Judged(proof=proof, rule=rule, level=level, until=min(ends, default=None), beside=other)


def _rank(judged: Judged) -> tuple[int, float]:
    return (judged.level, _length(judged.until))


def _length(until: datetime | None) -> float:
    return float("inf") if until is None else until.timestamp()


def _lasts(until: datetime | None, now: datetime) -> bool:
    return until is None or until > now
