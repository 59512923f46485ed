"""A check for which the person goes to the authority's own page and comes back.

Owns the shape of such a visit and what both kinds of it share: what is kept meanwhile, which page a
browser may be sent to, and how a verdict becomes a result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from connectors.dialogue import Dialogue, Told, Verdict
from connectors.errors import OutboundAnswerRejected
from connectors.evidence import IdentityClaim, VerificationResult
from connectors.outcomes import Outcome
from connectors.signatures import is_same
from connectors.signed_json import Account, Call, read_answer, request_of

STATE: Final = "state"
VISIT_ID: Final = "visit_id"
CONSENT_ID: Final = "consent_id"
WRONG_STATE: Final = "wrong_state"
DECLINED: Final = "declined"
LONGEST_PARAMETER: Final = 512
_LONGEST_PAGE: Final = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a person is sent to the authority for.

    Attributes:
        return_to: the address of ours that the browser comes back to.
        claim: who they say they are, where the check compares that; None asks for nobody.
        consent_id: their separate consent (PIPL Art. 29), where the check needs one.
    """

    return_to: str = field(repr=False)
    claim: IdentityClaim | None = None
    consent_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitResult:
    """What came of a visit.

    Attributes:
        result: the outcome, as any verification has it.
        pseudonym: the authority's lasting name for this person here (网号), where it gives one.
        score: how alike two faces are, 0 to 1, where faces were compared.
        consent_id: the consent this was done under.
    """

    result: VerificationResult
    pseudonym: str = field(default="", repr=False)
    score: float | None = None
    consent_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Verdict):
    """What a visit comes to in our words, before it is dated."""

    matched_claims: tuple[str, ...] = ()
    pseudonym: str = field(default="", repr=False)
    score: float | None = None


def call(
    account: Account, path: str, fields: Sequence[tuple[str, str]], *, nonce: str
) -> Dialogue[dict[str, str]]:
    """One signed call; never repeated, since opening and redeeming both happen once.

    Raises:
        OutboundError: no answer, or none that is signed for this very call.
    """
    response = yield request_of(Call(path=path, fields=fields, nonce=nonce), account)
    return read_answer(response, account, nonce=nonce)


def require_texts(answer: dict[str, str], *names: str) -> dict[str, str]:
    """`answer`, when it holds a text under each of `names`.

    Raises:
        OutboundAnswerRejected: one is missing or empty.
    """
    for name in names:
        if not answer.get(name):
            raise OutboundAnswerRejected(f"an answer without {name}")
    return answer


def page_of(url: str, *, under: str) -> str:
    """`url`, when it is a page under the address agreed with the authority.

    A forged or careless answer must not make us send a person, who trusts us, anywhere else.

    Raises:
        OutboundAnswerRejected: it is not.
    """
    agreed, page = urlsplit(under), urlsplit(url)
    is_agreed = (page.scheme, page.netloc) == (agreed.scheme, agreed.netloc) and (
        page.path == agreed.path or page.path.startswith(agreed.path.rstrip("/") + "/")
    )
    # Dots would climb out of the agreed path; browsers read a backslash as a slash.
    is_plain = url.isascii() and url.isprintable() and not {" ", "\\", '"'} & set(url)
    if not is_agreed or not is_plain or ".." in page.path or len(url) > _LONGEST_PAGE:
        raise OutboundAnswerRejected("the authority's page is not where it was agreed to be")
    return url


def is_ours(parameters: Mapping[str, str], kept: Mapping[str, str], *, visit_id: str) -> bool:
    """Whether a browser came back from this visit, not another (RFC 9700 §4.7 on `state`)."""
    return (
        bool(kept.get(STATE))
        and is_same(parameters.get(STATE, ""), kept[STATE])
        and is_same(visit_id, kept.get(VISIT_ID, ""))
    )


def told(verdict: Verdict, source: Told, *, now: datetime, consent_id: str = "") -> VisitResult:
    """The verdict, dated: nothing but a match carries a level, a claim or a pseudonym."""
    found = verdict if isinstance(verdict, Finding) else Finding(outcome=verdict.outcome)
    is_match = verdict.outcome is Outcome.MATCH
    return VisitResult(
        result=replace(source, matched_claims=found.matched_claims).result(verdict, now=now),
        pseudonym=found.pseudonym if is_match else "",
        score=found.score,
        consent_id=consent_id,
    )
