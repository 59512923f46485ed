"""A check as a dialogue: an adapter yields requests and is sent answers, and waits for nothing.

Owns the two ways to hold a dialogue, with a thread that waits and without, and how an authority's
silence or nonsense becomes an outcome. What is asked, and what an answer means, is each adapter's.
"""

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from connectors.errors import OutboundCircuitOpen, OutboundError, OutboundRefused, OutboundTimeout
from connectors.evidence import VerificationResult
from connectors.http import OutboundRequest, OutboundResponse
from connectors.outcomes import Outcome

Answer = TypeVar("Answer")
Dialogue = Generator[OutboundRequest, OutboundResponse, Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an authority's answer comes to, with its own code and reference.

    `was_asked` is False when it did not come to asking it about anybody.
    """

    outcome: Outcome
    code: str = ""
    reference: str = ""
    was_asked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a match is worth, and in whose name it is told."""

    method: str
    authority: str
    level: int
    matched_claims: tuple[str, ...]

    def result(self, verdict: Verdict, *, now: datetime) -> VerificationResult:
        """The verdict as a result: nothing but a match carries a level or names a claim."""
        is_match = verdict.outcome is Outcome.MATCH
        return VerificationResult(
            outcome=verdict.outcome,
            method=self.method,
            authority=self.authority,
            checked_at=now,
            provider_code=verdict.code,
            provider_reference=verdict.reference,
            matched_claims=self.matched_claims if is_match else (),
            identity_level=self.level if is_match else 0,
            was_asked=verdict.was_asked,
        )


def hold(dialogue: Dialogue[Answer], send: Callable[[OutboundRequest], OutboundResponse]) -> Answer:
    """Hold `dialogue` to its end in this thread."""
    try:
        request = next(dialogue)
        while True:
            try:
                response = send(request)
            except OutboundError as error:
                request = dialogue.throw(error)
            else:
                request = dialogue.send(response)
    except StopIteration as end:
        answer: Answer = end.value
        return answer


async def hold_awaiting(
    dialogue: Dialogue[Answer], send: Callable[[OutboundRequest], Awaitable[OutboundResponse]]
) -> Answer:
    """Hold `dialogue` to its end on the running event loop."""
    try:
        request = next(dialogue)
        while True:
            try:
                response = await send(request)
            except OutboundError as error:
                request = dialogue.throw(error)
            else:
                request = dialogue.send(response)
    except StopIteration as end:
        answer: Answer = end.value
        return answer


def believing(asking: Dialogue[Verdict]) -> Dialogue[Verdict]:
    """`asking`, with the ways in which nobody answers told as outcomes."""
    try:
        return (yield from asking)
    except OutboundTimeout:
        return Verdict(outcome=Outcome.TIMEOUT)
    except OutboundError as error:
        was_asked = not isinstance(error, OutboundRefused | OutboundCircuitOpen)
        code = type(error).__name__
        return Verdict(outcome=Outcome.PROVIDER_ERROR, code=code, was_asked=was_asked)
