"""Requests that may be sent again: the first answer is kept for a day and given again.

The key is the client's own (`Idempotency-Key`, draft-ietf-httpapi-idempotency-key-header-07). The
row that keeps an answer is written in the transaction of the change: neither is there without the
other, and of two at once the second waits for the first.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from admin.api.models import AnswerRow
from admin.api.problems import BAD_REQUEST, KEY_REUSED, Problem, Wrong
from idp.foundation.clock import Clock
from idp.foundation.sealing import Sealer

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
KEPT_FOR: Final = timedelta(hours=24)
KEY: Final = r"[A-Za-z0-9._~:+/=-]{8,128}"


class Wire(NamedTuple):
    """An answer as it is sent, and as it is kept."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """One request under a key: whose, which key, and what it asks."""

    client_id: str
    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was answered. Bodies may hold a new secret, so they are sealed."""

    sealer: Sealer
    clock: Clock

    def claim(self, asked: Repeatable) -> Wire | None:
        """Take the key for this request, or give the answer it had. Within a transaction.

        Raises:
            Problem: the key belongs to another request.
        """
        rows = AnswerRow.objects.filter(client_id=asked.client_id, key=asked.key)
        rows.filter(at__lte=self.clock.now() - KEPT_FOR).delete()
        try:
            with transaction.atomic():
                AnswerRow.objects.create(
                    client_id=asked.client_id,
                    key=asked.key,
                    fingerprint=asked.fingerprint,
                    at=self.clock.now(),
                )
        except IntegrityError:
            return self._kept(asked, rows.get())
        return None

    def keep(self, asked: Repeatable, answer: Wire) -> None:
        """Keep the answer of a claimed request."""
        sealed = self.sealer.seal(answer.body, purpose="management answer", owner=asked.client_id)
        AnswerRow.objects.filter(client_id=asked.client_id, key=asked.key).update(
            status=answer.status, headers=answer.headers, sealed_body=sealed
        )

    def _kept(self, asked: Repeatable, row: AnswerRow) -> Wire:
        if bytes(row.fingerprint) != asked.fingerprint:
            raise Problem(KEY_REUSED)
        body = self.sealer.unseal(
            bytes(row.sealed_body), purpose="management answer", owner=asked.client_id
        )
        return Wire(row.status, {**row.headers, REPLAYED: "true"}, body)


def repeatable(request: HttpRequest, client_id: str) -> Repeatable | None:
    """The request as its key names it; None without a key.

    The draft makes the field a Structured Field string: with or without its quotes it is one key.

    Raises:
        Problem: the key is not well-formed.
    """
    given = request.headers.get(HEADER)
    if given is None:
        return None
    key = given.strip()
    key = key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key
    if not re.fullmatch(KEY, key, re.ASCII):
        why = "8 to 128 letters, digits or . _ ~ : + / = -"
        raise Problem(BAD_REQUEST, errors=(Wrong(HEADER, why),))
    asked = (request.method or "", request.get_full_path(), request.headers.get("If-Match", ""))
    content = sha256("\n".join(asked).encode() + b"\n" + request.body)
    return Repeatable(client_id=client_id, key=key, fingerprint=content.digest())


def forget_answers(before: datetime) -> int:
    """Forget answers older than an instant; the number."""
    return AnswerRow.objects.filter(at__lt=before).delete()[0]
