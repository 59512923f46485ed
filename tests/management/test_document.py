"""The OpenAPI document tells the truth: made-up requests, and a client generated from it."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client as Http
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from admin.api.operations import OPERATIONS
from admin.api.problems import KINDS
from idp.staff.roles import Role
from tests.console.conftest import HOST
from tests.console.test_sections import session_of, verified
from tests.management.conftest import Api, problem

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
DOCUMENT = "/api/v1/openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 10


def document() -> dict[str, Any]:
    read: dict[str, Any] = Http(HTTP_HOST=HOST).get(DOCUMENT).json()
    return read


def test_document_names_every_operation_with_its_scope_and_its_roles(api: Api) -> None:
    assert api
    said = document()
    assert said["openapi"].startswith("3.1")
    for operation in OPERATIONS:
        shown = said["paths"][operation.path][operation.method.lower()]
        assert shown["operationId"] == operation.name
        assert shown["security"] == [{"oauth": [operation.scope] if operation.scope else []}]
        assert shown["x-roles"] == sorted(operation.roles)
        assert shown["summary"]
        for status in ("401", "403", "429", "503"):
            assert "application/problem+json" in shown["responses"][status]["content"]
    assert sum(map(len, said["paths"].values())) == len(OPERATIONS)


@pytest.fixture
def app() -> Iterator[WSGIHandler]:
    """The product as WSGI, on this test's own connection, as Django's test client has it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield WSGIHandler()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("role", list(Role))
def test_made_up_requests_are_answered_as_the_document_says(
    api: Api, app: WSGIHandler, role: Role
) -> None:
    """Each operation once, in one of its roles: any answer will do that the document tells of."""
    session_of(api.desk, verified(api.desk))
    schema = schemathesis.openapi.from_wsgi(DOCUMENT, app)
    token = api.token_of(role)
    every = list(Role)
    for number, operation in enumerate(OPERATIONS):
        mine = [each for each in every if each in operation.roles]
        if mine[number % len(mine)] is role:
            tried(schema[operation.path][operation.method], token)


def tried(tested: Any, token: str) -> None:
    @given(case=tested.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=CHECKS)

    run()
