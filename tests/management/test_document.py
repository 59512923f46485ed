"""The OpenAPI document tells the truth: made-up requests, and a client generated from it."""

import importlib
import json
import pkgutil
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
from django.db import OperationalError, close_old_connections
from django.test import Client as Http
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from pydantic import BaseModel
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from admin.api import sections
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
EXAMPLES = 6


def document() -> dict[str, Any]:
    read: dict[str, Any] = Http(HTTP_HOST=HOST).get(DOCUMENT).json()
    return read


def test_every_shape_of_the_document_has_a_name_of_its_own() -> None:
    """The router merges two of one name, silently: the later takes the other's place."""
    places: dict[str, set[str]] = {}
    for each in pkgutil.iter_modules(sections.__path__, f"{sections.__name__}."):
        for name, found in vars(importlib.import_module(each.name)).items():
            if isinstance(found, type) and issubclass(found, BaseModel):
                places.setdefault(name, set()).add(found.__module__)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


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
def app() -> Iterator[Callable[..., Any]]:
    """The product as WSGI, on this test's own connection, as Django's test client has it."""
    signals, handler = (request_started, request_finished), WSGIHandler()

    def answer(environ: Any, start_response: Any) -> Any:
        for signal in signals:  # Django's test client connects them after each of its requests
            signal.disconnect(close_old_connections)
        return handler(environ, start_response)

    yield answer
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("role", list(Role))
def test_made_up_requests_are_answered_as_the_document_says(
    api: Api, app: Callable[..., Any], role: Role
) -> None:
    """Each operation once, in one of its roles: any answer will do that the document tells of."""
    known = known_things(api)
    schema = schemathesis.openapi.from_wsgi(DOCUMENT, app)
    token = api.token_of(role)
    every = list(Role)
    removing_last = sorted(OPERATIONS, key=lambda each: each.method == "DELETE")
    for number, operation in enumerate(removing_last):
        mine = [each for each in every if each in operation.roles]
        if mine[number % len(mine)] is role:
            tried(schema[operation.path][operation.method], token, known)


def known_things(api: Api) -> dict[str, str]:
    """Names of what there is, for half of the requests; at random nobody would find any."""
    person_id = verified(api.desk)
    session = session_of(api.desk, person_id)
    given = {"texts": {"portal-b": '@id("n") forbid (principal, action, resource);'}}
    proposal = api.ask(Role.SYSTEM, "POST", "/policies/proposals", {**given, "reason": "x"})
    return {
        "client_id": "portal-b",
        "person_id": str(person_id),
        "session_id": str(session.id),
        "proposal_id": proposal.json()["id"],
    }


def tried(tested: Any, token: str, known: dict[str, str]) -> None:
    @given(case=tested.as_strategy(), is_known=booleans())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: Any, *, is_known: bool) -> None:
        for name in known.keys() & set(case.path_parameters or ()) if is_known else ():
            case.path_parameters[name] = known[name]
        if is_known and "If-Match" in (case.headers or {}):
            case.headers["If-Match"] = "*"
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=CHECKS)

    run()


def test_generated_client_sets_a_client_up_and_reads_it(
    api: Api, app: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever generates a client from the document can use it as it is."""
    name = "tongxing_management_api_client"
    generated(tmp_path / "api.json", tmp_path / "made" / name)
    monkeypatch.syspath_prepend(str(tmp_path / "made"))
    package = importlib.import_module(name)
    models = importlib.import_module(f"{name}.models")
    create = importlib.import_module(f"{name}.api.clients.create_client")
    show = importlib.import_module(f"{name}.api.clients.show_client")
    client = package.AuthenticatedClient(
        base_url="http://localhost:18700/api/v1",
        token=api.token_of(Role.SYSTEM),
        httpx_args={"transport": httpx.WSGITransport(app=app)},
    )
    metadata = models.NewClientMetadata.from_dict({"grant_types": ["client_credentials"]})
    new = models.NewClient(client_id="made-by-program", metadata=metadata)
    made = create.sync(client=client, body=new, idempotency_key="made-by-program-1")
    assert isinstance(made, models.NewSecret)
    assert made.client_secret
    shown = show.sync("made-by-program", client=client)
    assert isinstance(shown, models.Client)
    assert shown == made.client
    absent = show.sync("nobody", client=client)
    assert isinstance(absent, models.Problem)
    assert absent.type_ == "urn:tongxing:problem:not-found"


def generated(source: Path, folder: Path) -> None:
    source.write_text(json.dumps(document()), encoding="utf-8")
    hooks = source.with_suffix(".yaml")
    hooks.write_text("post_hooks: []\n", encoding="utf-8")
    folder.parent.mkdir()
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    command += ["--path", str(source), "--output-path", str(folder), "--config", str(hooks)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "WARNING" not in done.stdout + done.stderr, done.stdout


@pytest.mark.spec("RFC 9457 §3.1", "a problem details object")
def test_whatever_is_not_there_is_a_problem_too(api: Api) -> None:
    http = Http(HTTP_HOST=HOST)
    for path in ("/api/v1/", "/api/v1/nothing", "/api/v1/clients/a/b/c"):
        assert problem(http.get(path)) == "not-found", path
    assert problem(api.ask("", "PUT", "/clients")) == "method-not-allowed"
    refused = api.ask("", "DELETE", "/clients")
    assert refused["Allow"] == "GET, POST"
    for path in (DOCUMENT, "/.well-known/oauth-protected-resource/api/v1"):
        assert problem(http.post(path)) == "method-not-allowed"
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_head_tells_what_get_would_without_the_body(api: Api) -> None:
    got, head = (api.ask(Role.SYSTEM, method, "/clients") for method in ("GET", "HEAD"))
    assert head.status_code == 200
    assert head.content == b""
    assert head["ETag"] == got["ETag"]
    assert head["Content-Length"] == str(len(got.content))


@pytest.mark.parametrize(
    ("body", "content_type", "name"),
    [
        (b"{", "application/json", "bad-request"),
        (b'{"identifier": NaN}', "application/json", "bad-request"),
        (b'{"identifier": "\\ud800"}', "application/json", "bad-request"),
        (b'{"identifier": "a\\u0000b"}', "application/json", "bad-request"),
        (b'{"a\\u0000": ["x"]}', "application/json", "bad-request"),
        (b'{"identifier": ["x\\u0000"]}', "application/json", "bad-request"),
        (b"[]", "application/json", "invalid"),
        (b"", "application/json", "invalid"),
        (b"identifier=x", "application/x-www-form-urlencoded", "not-json"),
        (b"x" * 300_000, "application/json", "too-large"),
    ],
    ids=["broken", "nan", "half", "nul", "nul name", "nul inside", "list", "none", "form", "large"],
)
def test_body_is_refused_in_the_senders_terms(
    api: Api, body: bytes, content_type: str, name: str
) -> None:
    response = Http(HTTP_HOST=HOST).generic(
        "POST",
        "/api/v1/people/search",
        body,
        content_type=content_type,
        headers={"Authorization": f"Bearer {api.token_of(Role.SECURITY)}"},
    )
    assert problem(response) == name


def test_address_with_a_nul_is_refused(api: Api) -> None:
    assert problem(api.ask(Role.SYSTEM, "GET", "/clients/a%00b")) == "bad-request"
    assert problem(api.ask(Role.SYSTEM, "GET", "/clients?q=a%00b")) == "bad-request"


def test_what_cannot_be_reached_is_said_so(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    token = api.token_of(Role.SYSTEM)

    def unreachable(*_: object, **__: object) -> None:
        raise OperationalError("the database is away")

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("idp.clients.register.ClientRegister.listed", unreachable)
    response = api.ask(token, "GET", "/clients")
    assert problem(response) == "unavailable"
    assert response["Retry-After"] == "2"
    monkeypatch.setattr("idp.clients.register.ClientRegister.listed", broken)
    assert problem(api.ask(token, "GET", "/clients")) == "failed"
