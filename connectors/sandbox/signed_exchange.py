"""What the signed JSON services share: reading a request as strictly as they do, signing an answer.

Owns accounts' signatures, field order, encoding, age and single use, and the faults of an answer.
Who is asked about and what is said of them is each service's. By code of its own: none of the
adapters'.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from hmac import compare_digest
from threading import Lock
from typing import Final

from connectors.outcomes import Outcome
from connectors.sandbox.exchange import Incoming, Reply, problem
from connectors.sandbox.faults import Fault
from connectors.sandbox.freshness import Freshness
from connectors.sandbox.population import SandboxPerson, people
from connectors.sandbox.population_library import keyed_digest

BEIJING: Final = timezone(timedelta(hours=8))
_SIGN_TYPES: Final = ("HMAC-SM3", "HMAC-SHA256")
_CONTENT_TYPE: Final = "application/json; charset=utf-8"


class Refused(StrEnum):
    """Why a request is refused before anything is looked up; each service has codes for them."""

    ACCOUNT = "account"
    SIGNATURE = "signature"
    ORDER = "order"
    ENCODING = "encoding"
    STALE = "stale"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One path of a service: its fields in order, those that may be absent, and its handler."""

    fields: tuple[str, ...]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as read: its fields, and how to sign back."""

    step: str
    values: Mapping[str, str] = field(default_factory=dict)
    sign_type: str = "HMAC-SM3"
    bearer: str = ""


class SignedService(ABC):
    """One service of signed JSON. Subclasses say who has an account, what is read, what is told."""

    name: str
    secret: bytes
    codes: Mapping[Refused, str]
    steps: Mapping[str, Step]

    def __init__(self) -> None:
        self._freshness = Freshness(timedelta(minutes=5))
        self._numbers = 0
        self._lock = Lock()

    @abstractmethod
    def tell(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        """The answer to a request that is in order."""

    @abstractmethod
    def unknown(self, answer: dict[str, str]) -> dict[str, str]:
        """The answer with a result nobody has heard of, or without what it promises."""

    def is_known(self, asked: Asked) -> bool:
        """Whether the account, or the token, is one of ours."""
        return asked.values.get("appId") == f"sandbox-{self.name.replace('_', '-')}"

    def is_slow_for(self, incoming: Incoming) -> bool:
        """Whether the person asked about is one whose check never ends in time."""
        del incoming
        return False

    def number(self, prefix: str) -> str:
        """A number nothing else has."""
        with self._lock:
            self._numbers += 1
            return f"{prefix}{self._numbers:012d}"

    def answer(self, incoming: Incoming, *, fault: Fault | None, now: datetime) -> Reply:
        """The signed answer, spoilt by `fault` where it concerns the answer."""
        step = incoming.path.rpartition("/")[2]
        if step not in self.steps:
            return problem(404, "no such path")
        refused, asked = self.read(incoming, now=now)
        told = {"code": self.codes[refused]} if refused else self.tell(asked, now=now)
        told = {**told, "nonce": asked.values.get("nonce", "")}
        return self._sign(asked, self._spoil(told, fault), fault)

    def read(
        self, incoming: Incoming, *, now: datetime | None = None
    ) -> tuple[Refused | None, Asked]:
        """What a request asks, and why it is refused; without `now` its age is not judged."""
        step = incoming.path.rpartition("/")[2]
        pairs = _pairs(incoming)
        if pairs is None:
            return Refused.ENCODING, Asked(step=step)
        values = dict(pairs)
        unsigned = incoming.body.rpartition(b',"sign":')[0] + b"}"
        sign_type = self._sign_type(unsigned, values.get("sign", ""))
        asked = Asked(
            step=step,
            values=values,
            sign_type=sign_type or "HMAC-SM3",
            bearer=incoming.headers.get("authorization", "").removeprefix("Bearer "),
        )
        if not _is_in_order(tuple(name for name, _ in pairs), self.steps[step]):
            return Refused.ORDER, asked
        if not self.is_known(asked):
            return Refused.ACCOUNT, asked
        if not sign_type:
            return Refused.SIGNATURE, asked
        return (self._age(values, now=now) if now is not None else None), asked

    def _sign_type(self, unsigned: bytes, sign: str) -> str:
        for sign_type in _SIGN_TYPES:
            expected = keyed_digest(sign_type, self.secret, unsigned)
            if compare_digest(expected.encode(), sign.encode()):
                return sign_type
        return ""

    def _age(self, values: Mapping[str, str], *, now: datetime) -> Refused | None:
        try:
            stamp = datetime.strptime(values["timestamp"], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
        except ValueError:
            return Refused.STALE
        if not self._freshness.is_timely(stamp, now=now):
            return Refused.STALE
        return None if self._freshness.is_first(values["nonce"]) else Refused.REPLAYED

    def _spoil(self, told: dict[str, str], fault: Fault | None) -> bytes:
        behaviour = fault.behaviour if fault is not None else ""
        if behaviour == "signed_garbage":
            return b'{"code":'
        if behaviour == "document_type":
            return b'["code","0"]'
        if behaviour == "provider_code":
            told = {"code": fault.code if fault else "", "nonce": told["nonce"]}
        if behaviour == "unknown_result":
            told = self.unknown(told)
        if behaviour == "other_request":
            told = {**told, "nonce": "0" * 32}
        body = json.dumps(told, ensure_ascii=False).encode("utf-8")
        if behaviour == "doubled_field":
            name, value = next(iter(told.items()))
            body = body[:-1] + f', "{name}": "{value}"}}'.encode()
        return body

    def _sign(self, asked: Asked, body: bytes, fault: Fault | None) -> Reply:
        is_forged = fault is not None and fault.behaviour == "wrong_signature"
        secret = b"somebody else's" if is_forged else self.secret
        message = asked.values.get("nonce", "").encode() + b"\n" + body
        digest = keyed_digest(asked.sign_type, secret, message)
        return Reply(headers={"X-Signature": digest}, body=body)


def by_number(method: str) -> dict[str, SandboxPerson]:
    """Those of the population whom `method` knows, by every number of theirs."""
    return {
        document.number: someone
        for someone in people()
        for document in someone.documents
        if method in someone.outcomes
    }


def outcome_for(someone: SandboxPerson | None, method: str, *, agrees: bool) -> Outcome:
    """What is said of somebody: as the data has it, and MISMATCH where particulars differ."""
    if someone is None:
        return Outcome.NOT_FOUND
    outcome = someone.outcomes[method]
    return Outcome.MISMATCH if outcome is Outcome.MATCH and not agrees else outcome


def _pairs(incoming: Incoming) -> list[tuple[str, str]] | None:
    """The fields in their order; None unless they are compact JSON texts in declared UTF-8."""
    if incoming.headers.get("content-type", "") != _CONTENT_TYPE:
        return None
    try:
        pairs = json.loads(incoming.body.decode("utf-8"), object_pairs_hook=list)
        flat = dict(pairs)
        again = json.dumps(flat, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except (ValueError, TypeError):
        return None
    is_texts = all(isinstance(value, str) for value in flat.values())
    return pairs if is_texts and again == incoming.body else None


def _is_in_order(names: tuple[str, ...], step: Step) -> bool:
    whole = (*step.fields, "nonce", "sign")
    missing = set(whole) - set(names)
    return missing <= step.optional and names == tuple(one for one in whole if one in names)
