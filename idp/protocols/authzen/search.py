"""Searches (§8): which subjects, resources or actions would be permitted, page by page.

Each candidate is decided like any evaluation; what is found is what an evaluation would permit.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson

from idp.clients.client import Client
from idp.protocols.authzen.decisions import CLIENT_TYPE, PERSON_TYPES, Deciding
from idp.protocols.authzen.people import known_people, known_subs
from idp.protocols.authzen.request import MOST_RESULTS, Action, BadRequest, Entity, Evaluation, Page
from policies.vocabulary import SIGN_IN

USUAL_LIMIT: Final = 50
MOST_SCANNED: Final = 1_000
"""Candidates one request decides about at most; the rest waits for the next page."""
MOST_READ: Final = 100
"""The same where the evidence of each has to be read."""
_TAG_BYTES: Final = 16

Named = Callable[[str, str], tuple[str, ...]]
"""The things of a kind ("Item", "Operation") that a client's policies name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page: the results, and where the next one begins ("" at the end)."""

    results: list[dict[str, str]]
    next_token: str

    def document(self) -> dict[str, Any]:
        """§8.3: the page first, so that its count is known before the results."""
        page = {"next_token": self.next_token, "count": len(self.results)}
        return {"page": page, "results": self.results}


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """`key` seals page tokens, so that nobody makes one up."""

    deciding: Deciding
    named: Named
    key: bytes

    def subjects(self, asking: Client, asked: Evaluation, page: Page, *, now: datetime) -> Found:
        """§8.4: of the people who ever signed in to the asking client."""
        if asked.subject.type not in PERSON_TYPES:
            return Found(results=[], next_token="")
        after, limit = self._begin(asking, asked, page)
        is_read = self.deciding.particulars.are_looked_at(asking.client_id)
        most = MOST_READ if is_read else MOST_SCANNED
        subs = known_subs(asking.client_id, after=after, limit=most + 1)
        people = known_people(asking.client_id, subs, now=now)
        kind = asked.subject.type

        def evaluation(sub: str) -> Evaluation:
            return replace(asked, subject=replace(asked.subject, id=sub))

        found: list[dict[str, str]] = []
        for place, sub in enumerate(subs):
            if len(found) == limit or place == most:
                return Found(results=found, next_token=self._token(asking, asked, page, after))
            if self.deciding.answer(asking, evaluation(sub), people, now=now)["decision"]:
                found.append({"type": kind, "id": sub})
            after = sub
        return Found(results=found, next_token="")

    def resources(self, asking: Client, asked: Evaluation, page: Page, *, now: datetime) -> Found:
        """§8.5: the asking client itself, or the items its policies name."""
        kind = asked.resource.type
        names = (asking.client_id,) if kind == CLIENT_TYPE else self._items(asking, kind)
        candidates = [
            ({"type": kind, "id": name}, replace(asked, resource=replace(asked.resource, id=name)))
            for name in names
        ]
        return self._of(asking, asked, page, candidates, now=now)

    def actions(self, asking: Client, asked: Evaluation, page: Page, *, now: datetime) -> Found:
        """§8.6: entering a client, or the operations its policies name."""
        is_client = asked.resource.type == CLIENT_TYPE
        names = (SIGN_IN,) if is_client else self.named(asking.client_id, "Operation")
        candidates = [
            ({"name": name}, replace(asked, action=Action(name=name, properties=())))
            for name in names
        ]
        return self._of(asking, asked, page, candidates, now=now)

    def _of(
        self,
        asking: Client,
        asked: Evaluation,
        page: Page,
        candidates: Iterable[tuple[dict[str, str], Evaluation]],
        *,
        now: datetime,
    ) -> Found:
        after, limit = self._begin(asking, asked, page)
        people = known_people(asking.client_id, [asked.subject.id], now=now)
        found: list[dict[str, str]] = []
        for result, evaluation in candidates:
            name = result.get("id") or result["name"]
            if name <= after:
                continue
            if len(found) == limit:
                return Found(results=found, next_token=self._token(asking, asked, page, after))
            if self.deciding.answer(asking, evaluation, people, now=now)["decision"]:
                found.append(result)
            after = name
        return Found(results=found, next_token="")

    def _items(self, asking: Client, kind: str) -> tuple[str, ...]:
        prefix = f"{kind}/"
        names = self.named(asking.client_id, "Item")
        return tuple(name.removeprefix(prefix) for name in names if name.startswith(prefix))

    def _begin(self, asking: Client, asked: Evaluation, page: Page) -> tuple[str, int]:
        """Where this page begins and how long it is.

        Raises:
            BadRequest: §8.2, "PDPs SHOULD return an error when any entity or parameter has been
                changed".
        """
        if not page.token:
            return "", _limit(page.limit)
        try:
            raw = urlsafe_b64decode(page.token.encode("ascii") + b"==")
            sealed, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
            is_ours = hmac.compare_digest(tag, self._tag(asking, asked, sealed))
            after, limit = orjson.loads(sealed) if is_ours else ("", 0)
        except ValueError:
            is_ours = False
        if not is_ours:
            raise BadRequest("page.token is not of this very request")
        if page.limit is not None and _limit(page.limit) != limit:
            raise BadRequest("page.limit is another than in the request before")
        return after, limit

    def _token(self, asking: Client, asked: Evaluation, page: Page, after: str) -> str:
        limit = self._begin(asking, asked, page)[1]
        sealed = orjson.dumps([after, limit])
        tagged = sealed + self._tag(asking, asked, sealed)
        return urlsafe_b64encode(tagged).rstrip(b"=").decode()

    def _tag(self, asking: Client, asked: Evaluation, sealed: bytes) -> bytes:
        digest = hashlib.sha256(orjson.dumps([asking.client_id, asked], default=_plain)).digest()
        return hmac.digest(self.key, digest + sealed, "sha256")[:_TAG_BYTES]


def _limit(asked: int | None) -> int:
    return USUAL_LIMIT if asked is None or asked == 0 else min(asked, MOST_RESULTS)


def _plain(value: object) -> object:
    if isinstance(value, Entity | Action):
        return str(value)
    raise TypeError(type(value).__name__)
