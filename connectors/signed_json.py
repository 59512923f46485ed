"""Calls whose JSON body carries its own signature, and answers signed for one call alone.

Owns the bytes: compact JSON in UTF-8 in the order given, signed over itself, so that nothing a
name contains can shift a field. Which fields, and what they mean, is each adapter's wire.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from connectors.errors import OutboundAnswerRejected
from connectors.http import OutboundRequest, OutboundResponse, Timeouts, require_ok
from connectors.settings import Secret
from connectors.signatures import KEYED_DIGESTS, is_same

SIGNATURE_HEADER: Final = "x-signature"
JSON: Final = "application/json"
NONCE: Final = "nonce"

_BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who calls, and the key of both signatures."""

    base_url: str
    key: Secret
    sign_type: str
    timeout: float

    def digest(self, message: bytes) -> str:
        """The keyed digest of `message`, in hex."""
        return KEYED_DIGESTS[self.sign_type](self.key.reveal().encode("utf-8"), message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. `is_idempotent` where sending it twice does no more than once."""

    path: str
    fields: Sequence[tuple[str, str]] = field(repr=False)
    nonce: str
    is_idempotent: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def stamp(now: datetime) -> str:
    """An instant as these interfaces write it: Beijing time, to the second."""
    return now.astimezone(_BEIJING).strftime("%Y%m%d%H%M%S")


def request_of(call: Call, account: Account) -> OutboundRequest:
    """The signed request; `nonce` and `sign` stand last, the signature covers what is before it."""
    unsigned = json.dumps(
        dict((*call.fields, (NONCE, call.nonce))), ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8")
    sign = account.digest(unsigned).encode("ascii")
    return OutboundRequest(
        method="POST",
        url=account.base_url + call.path,
        headers={
            "Content-Type": f"{JSON}; charset=utf-8",
            "Accept": JSON,
            **call.headers,
        },
        body=unsigned[:-1] + b',"sign":"' + sign + b'"}',
        accepts=(JSON,),
        is_idempotent=call.is_idempotent,
        timeouts=Timeouts.within(account.timeout),
    )


def read_answer(response: OutboundResponse, account: Account, *, nonce: str) -> dict[str, str]:
    """The answer's texts by name, once its signature and its nonce are those of this call.

    Raises:
        OutboundAnswerRejected: forged, for another call, or not one flat JSON object of texts.
    """
    body = require_ok(response).body
    expected = account.digest(nonce.encode("ascii") + b"\n" + body)
    if not is_same(response.headers.get(SIGNATURE_HEADER, ""), expected):
        raise OutboundAnswerRejected("the answer's signature is wrong", status=response.status)
    answer = _parse(body)
    if not is_same(answer.get(NONCE, ""), nonce):
        raise OutboundAnswerRejected("an answer to another request", status=response.status)
    return answer


def _parse(body: bytes) -> dict[str, str]:
    try:
        parsed = json.loads(body.decode("utf-8"), object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise OutboundAnswerRejected("the answer is not the agreed JSON") from error
    if not isinstance(parsed, dict) or not all(isinstance(one, str) for one in parsed.values()):
        raise OutboundAnswerRejected("the answer is not one object of texts")
    return parsed


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object that says one thing twice says nothing: which of the two was meant?"""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a field stands twice")
    return read
