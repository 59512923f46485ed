"""The endpoints of the Authorization API: who asks, what, and how errors look (§10.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

import orjson
from django.db import InterfaceError, OperationalError

from idp.clients.client import Client, ClientDirectory
from idp.foundation.clock import Clock
from idp.foundation.database import DatabaseUnavailable
from idp.foundation.storage import StoreUnavailable
from idp.protocols.authzen.decisions import Answer, Deciding, refused
from idp.protocols.authzen.people import known_people
from idp.protocols.authzen.request import (
    BadRequest,
    Evaluation,
    Evaluations,
    read_body,
    read_evaluation,
    read_evaluations,
    read_search,
)
from idp.protocols.authzen.search import Searching
from idp.protocols.oauth.wire import JSON, NO_STORE, WireRequest, WireResponse, json_response
from idp.tokens.verification import AccessTokenVerifier

EVALUATE: Final = "access:evaluate"
SEARCH: Final = "access:search"
"""Scopes of the access tokens that asking systems get for themselves (client_credentials)."""
_UNREACHABLE: Final = (StoreUnavailable, DatabaseUnavailable, OperationalError, InterfaceError)
_REALM: Final = 'Bearer realm="tongxing"'

Answering = Callable[[Client, Mapping[str, Any], datetime], Mapping[str, Any]]


class Unauthorized(Exception):
    """§10.1.2, 401: "the PEP did not properly authenticate to the PDP"."""


class Forbidden(Exception):
    """§10.1.2, 403: the token was not issued for this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEndpoint:
    """One endpoint of the Authorization API: a POST with an access token and a JSON object."""

    issuer: str
    scope: str
    verifier: AccessTokenVerifier
    clients: ClientDirectory
    clock: Clock
    answering: Answering

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method != "POST":
            answer = _error(HTTPStatus.METHOD_NOT_ALLOWED, "the method is POST")
            return answer._replace(headers=(*answer.headers, ("Allow", "POST")))
        try:
            asking = self._asking(request.authorization)
            body = read_body(request.body, request.content_type)
            return json_response(self.answering(asking, body, self.clock.now()))
        except Unauthorized as problem:
            answer = _error(HTTPStatus.UNAUTHORIZED, str(problem))
            challenge = _REALM if not request.authorization else f'{_REALM}, error="invalid_token"'
            return _challenged(answer, challenge)
        except Forbidden as problem:
            challenge = f'{_REALM}, error="insufficient_scope", scope="{self.scope}"'
            return _challenged(_error(HTTPStatus.FORBIDDEN, str(problem)), challenge)
        except BadRequest as problem:
            return _error(HTTPStatus.BAD_REQUEST, str(problem))
        except _UNREACHABLE:
            answer = _error(HTTPStatus.SERVICE_UNAVAILABLE, "try again in a moment")
            return answer._replace(headers=(*answer.headers, ("Retry-After", "2")))

    def _asking(self, authorization: str) -> Client:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized("an access token is needed: Authorization: Bearer …")
        live = self.verifier.verify(token.strip(), now=self.clock.timestamp())
        if live is None or live.claims["aud"] != self.issuer:
            # RFC 9068 §4: "MUST validate that the aud claim contains … this resource".
            raise Unauthorized("the access token is invalid, expired, revoked or not for us")
        client = self.clients.get(live.claims["client_id"])
        if client is None or client.status != "active":
            raise Unauthorized("the client is suspended")
        if live.grant or self.scope not in live.claims["scope"].split():
            raise Forbidden(f"the token was not issued to a client for {self.scope}")
        return client


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluating:
    """Answers §6 and §7: whatever is asked at once needs one trip to the database."""

    deciding: Deciding

    def one(self, asking: Client, body: Mapping[str, Any], now: datetime) -> Answer:
        """§6."""
        asked = read_evaluation(body)
        people = known_people(asking.client_id, [asked.subject.id], now=now)
        return self.deciding.answer(asking, asked, people, now=now)

    def several(self, asking: Client, body: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
        """§7.1: without evaluations it "behaves in a backwards-compatible manner" as §6."""
        asked = read_evaluations(body)
        if asked is None:
            return self.one(asking, body, now)
        readable = [each for each in asked.each if isinstance(each, Evaluation)]
        subs = {each.subject.id for each in readable}
        people = known_people(asking.client_id, subs, now=now)
        answers: list[Answer] = []
        for each in asked.each:
            if isinstance(each, Evaluation):
                answers.append(self.deciding.answer(asking, each, people, now=now))
            else:
                answers.append(refused("bad_request", 400, str(each)))
            if _is_enough(asked, answers[-1]):
                break
        return {"evaluations": answers}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Answers §8."""

    searching: Searching

    def subjects(self, asking: Client, body: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
        asked, page = read_search(body, "subject")
        return self.searching.subjects(asking, asked, page, now=now).document()

    def resources(
        self, asking: Client, body: Mapping[str, Any], now: datetime
    ) -> Mapping[str, Any]:
        asked, page = read_search(body, "resource")
        return self.searching.resources(asking, asked, page, now=now).document()

    def actions(self, asking: Client, body: Mapping[str, Any], now: datetime) -> Mapping[str, Any]:
        asked, page = read_search(body, "action")
        return self.searching.actions(asking, asked, page, now=now).document()


def _is_enough(asked: Evaluations, answer: Answer) -> bool:
    """§7.1.2.1: whether the semantics asked for end here."""
    if asked.semantic == "deny_on_first_deny":
        return not answer["decision"]
    return asked.semantic == "permit_on_first_permit" and bool(answer["decision"])


def _error(status: int, message: str) -> WireResponse:
    """§10.1.2: the body of an error is "an error message string"."""
    return WireResponse(status=status, headers=(*JSON, *NO_STORE), body=orjson.dumps(message))


def _challenged(answer: WireResponse, challenge: str) -> WireResponse:
    return answer._replace(headers=(*answer.headers, ("WWW-Authenticate", challenge)))
