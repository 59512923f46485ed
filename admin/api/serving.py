"""From Django's request to an operation and back: conditions, keys, transactions, headers.

A change, its audit and the answer kept for a repetition are one transaction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser
from pydantic import BaseModel

from admin.api.access import Operation
from admin.api.asked import Answer, Asked, Caller, Services, document_of
from admin.api.problems import BAD_REQUEST, Problem
from admin.api.repeating import Answers, Wire, repeatable

MEDIA_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Runs operations with the services of the rooms."""

    services: Services
    answers: Answers

    def view(self, operation: Operation) -> Callable[..., HttpResponse]:
        """The operation as the router calls it, with its own signature."""

        @wraps(operation.view)
        def answer(request: HttpRequest, **parts: Any) -> HttpResponse:
            _require_clean(parts)
            asked = self._asked(request)
            if operation.changes:
                return _response(self._changed(operation, asked, request, parts))
            wire = _wire(operation.view(asked, **parts))
            if request.method == "GET" and _is_known(request, wire):
                return _response(Wire(HTTPStatus.NOT_MODIFIED, wire.headers, b""))
            return _response(wire)

        return answer

    def _asked(self, request: HttpRequest) -> Asked:
        caller: Caller = request.auth  # type: ignore[attr-defined]  # set by the guard
        return Asked(
            services=self.services,
            caller=caller,
            if_match=request.headers.get("If-Match", "").strip(),
        )

    def _changed(
        self, operation: Operation, asked: Asked, request: HttpRequest, parts: dict[str, Any]
    ) -> Wire:
        named = repeatable(request, asked.caller.client_id)
        with transaction.atomic():
            if named and (kept := self.answers.claim(named)):
                return kept
            answer = operation.view(asked, **parts)
            asked.tell(
                "api.changed",
                operation=operation.name,
                subject=answer.subject,
                client_id=answer.client_id,
            )
            wire = _wire(answer)
            if named:
                self.answers.keep(named, wire)
        return wire


class StrictParser(Parser):
    """Reads JSON as RFC 8259 has it: UTF-8, no NaN, no half characters, no NUL."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            parsed = orjson.loads(request.body)
        except orjson.JSONDecodeError as problem:
            raise Problem(BAD_REQUEST, f"the body is no JSON: {problem}") from problem
        _require_clean(parsed)
        return parsed


def _require_clean(value: Any) -> None:
    """No database keeps a NUL in a text."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, str) and "\x00" in value:
        raise Problem(BAD_REQUEST, "a text holds the character U+0000")
    if isinstance(value, dict):
        for each in (*value.keys(), *value.values()):
            _require_clean(each)
    elif isinstance(value, list):
        for each in value:
            _require_clean(each)


def _wire(answer: Answer) -> Wire:
    body = b"" if answer.body is None else orjson.dumps(document_of(answer.body))
    return Wire(answer.status, answer.headers(), body)


def _is_known(request: HttpRequest, wire: Wire) -> bool:
    """RFC 9110 §13.1.2: whoever has this representation is not sent it again."""
    given = {each.strip() for each in request.headers.get("If-None-Match", "").split(",")}
    return bool(given & {"*", wire.headers.get("ETag", ""), f"W/{wire.headers.get('ETag', '')}"})


def _response(wire: Wire) -> HttpResponse:
    response = HttpResponse(wire.body, status=wire.status, content_type=MEDIA_TYPE)
    if not wire.body:
        del response["Content-Type"]
    for name, value in wire.headers.items():
        response[name] = value
    return response
