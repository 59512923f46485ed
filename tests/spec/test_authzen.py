"""OpenID AuthZEN Authorization API 1.0: decisions for a client's own system, as the interop asks.

The fixture is the working group's: a Todo list with roles, and the certification's records.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.spec.authzen_fixture import Pep, system
from tests.spec.house import HouseUnderTest
from tests.spec.pages import Conduct
from tests.spec.relying_party import Provider, RelyingParty, peek
from tests.spec.wire import Browser

must = pytest.mark.must
pytestmark = pytest.mark.requirement("R2")


@pytest.fixture(scope="module")
def pep(house: HouseUnderTest, provider: Provider, once_signed_in: dict[str, Browser]) -> Pep:
    return system(house, provider, once_signed_in)


# §6 Evaluation


@must("authzen-10-1", "authzen-10.1.1-1")
@pytest.mark.parametrize(
    ("operation", "item", "more", "decision"),
    [
        ("read", "record-1", {}, True),
        ("write", "record-1", {"subject": {"writer": True}}, True),
        ("write", "record-1", {}, False),
        (
            "write",
            "record-2",
            {"subject": {"writer": True}, "resource": {"status": "archived"}},
            False,
        ),
        (
            "write",
            "record-2",
            {"subject": {"role": "admin"}, "resource": {"status": "archived"}},
            True,
        ),
        (
            "write",
            "record-2",
            {"subject": {"role": ["x", "admin"]}, "resource": {"status": "archived"}},
            True,
        ),
        ("delete", "record-1", {"action": {"soft": True}}, True),
        ("delete", "record-1", {"action": {"soft": False}}, False),
        ("use", "record-1", {}, True),
        ("read", "vault", {}, False),
    ],
)
def test_decision_follows_the_clients_policies_and_properties(
    pep: Pep, operation: str, item: str, *, more: dict[str, Any], decision: bool
) -> None:
    assert pep.decide(operation, item, **more)["decision"] is decision


def test_todo_is_updated_by_its_owner_alone_as_in_the_interop(pep: Pep) -> None:
    for owner, decision in ((pep.alice, True), (pep.bob, False)):
        question = pep.question("can_update_todo", "7", resource={"ownerID": owner})
        question["resource"]["type"] = "todo"
        assert pep.ask("evaluation", question).json()["decision"] is decision


def test_decision_says_why_and_what_would_change_it(pep: Pep) -> None:
    context = pep.decide("read", "vault")["context"]
    assert (context["reason"], context["policies"]) == ("the_vault_is_closed", ["no-vault"])
    assert context["reason_user"]["zh-Hant"] == "金庫不開放。"
    assert context["reason_user"]["en"] == "The vault is closed."
    question = pep.question("read")
    question["context"] = {"acr_values": "urn:tongxing:acr:ial4:aal3", "ip": "192.0.2.7"}
    answer = pep.ask("evaluation", question).json()
    assert answer["decision"] is False
    assert answer["context"]["acr_values"] == "urn:tongxing:acr:ial4:aal3"
    question["context"] = {"channel": "kiosk"}
    assert pep.ask("evaluation", question).json()["context"]["reason"] == "channel_not_allowed"


def test_person_may_enter_the_client_itself_or_one_of_the_department(
    pep: Pep, web: RelyingParty
) -> None:
    question = pep.question("sign_in")
    question["resource"] = {"type": "client", "id": pep.party.client_id}
    assert pep.ask("evaluation", question).json()["decision"] is True
    question["resource"]["id"] = web.client_id
    assert pep.ask("evaluation", question).json()["context"]["reason"] == "unknown_resource"
    question["resource"]["id"] = pep.party.client_id
    question["action"]["name"] = "read"
    assert pep.ask("evaluation", question).json()["context"]["reason"] == "unknown_action"


@pytest.mark.parametrize("kind", ["stranger", "of_another_client", "spaceship"])
def test_nobody_is_known_whom_the_client_does_not_know(
    pep: Pep, signed_in: Browser, citizen: Conduct, web: RelyingParty, kind: str
) -> None:
    question = pep.question("read")
    if kind == "spaceship":
        question["subject"]["type"] = "spaceship"
    elif kind == "stranger":
        question["subject"]["id"] = "nobody"
    else:
        sub = peek(web.tokens(signed_in, citizen)["id_token"])[1]["sub"]
        question["subject"]["id"] = sub if sub != pep.alice else "x"
    answer = pep.ask("evaluation", question).json()
    assert answer["decision"] is False
    assert answer["context"]["error"]["status"] == 404


# §7 Evaluations


def test_evaluations_are_answered_in_order_with_defaults_and_errors_of_their_own(pep: Pep) -> None:
    record = {"type": "record", "id": "record-1"}
    answer = pep.ask(
        "evaluations",
        {
            "subject": {"type": "user", "id": pep.alice},
            "action": {"name": "read"},
            "options": {"evaluations_semantic": "execute_all", "another_option": "value"},
            "evaluations": [
                {"resource": record},
                {},
                {"resource": record, "action": {"name": "write"}},
                {"resource": record, "subject": {"type": "user", "id": pep.bob}},
            ],
        },
    ).json()
    decisions = [each["decision"] for each in answer["evaluations"]]
    assert decisions == [True, False, False, True]
    error = answer["evaluations"][1]["context"]["error"]
    assert error == {"status": 400, "message": "evaluations[1].resource is missing"}
    assert "decision" not in answer


@pytest.mark.parametrize(
    ("semantic", "operations", "decisions"),
    [
        ("deny_on_first_deny", ["read", "write", "read"], [True, False]),
        ("permit_on_first_permit", ["write", "read", "write"], [False, True]),
        ("execute_all", ["write", "read"], [False, True]),
    ],
)
def test_evaluations_end_as_their_semantic_says(
    pep: Pep, semantic: str, operations: list[str], decisions: list[bool]
) -> None:
    questions = [pep.question(operation) for operation in operations]
    body = {"evaluations": questions, "options": {"evaluations_semantic": semantic}}
    answer = pep.ask("evaluations", body).json()
    assert [each["decision"] for each in answer["evaluations"]] == decisions


@pytest.mark.parametrize("extra", [{}, {"evaluations": []}])
def test_evaluations_behave_as_one_when_there_are_none(pep: Pep, extra: dict[str, Any]) -> None:
    answer = pep.ask("evaluations", {**pep.question("read"), **extra})
    assert answer.json() == {"decision": True}


def test_batch_of_fifty_needs_one_statement(pep: Pep) -> None:
    questions = [pep.question("read", sub=sub) for sub in (pep.alice, pep.bob)] * 25
    with CaptureQueriesContext(connection) as statements:
        answer = pep.ask("evaluations", {"evaluations": questions})
    assert [each["decision"] for each in answer.json()["evaluations"]] == [True] * 50
    assert len([each for each in statements if "sessions_participant" in each["sql"]]) == 1
    assert len(statements) <= 2
    too_many = pep.ask("evaluations", {"evaluations": [*questions, questions[0]]})
    assert (too_many.status, too_many.json()) == (400, "evaluations: 51 are more than 50")


# §8 Searches


@must("authzen-8.2-1", "authzen-8.2.2-1..2", "authzen-8.3-1", "authzen-8.4.1-1")
def test_subjects_are_found_page_by_page_whatever_id_is_given(pep: Pep) -> None:
    question = pep.question("read")
    question["subject"]["id"] = "is ignored"
    whole = pep.ask("search/subject", question).json()
    assert list(whole) == ["page", "results"]
    assert {each["id"] for each in whole["results"]} == {pep.alice, pep.bob}
    assert {each["type"] for each in whole["results"]} == {"user"}
    assert whole["page"]["next_token"] == ""
    first = pep.ask("search/subject", {**question, "page": {"limit": 1}}).json()
    token = first["page"]["next_token"]
    assert (first["page"]["count"], bool(token)) == (1, True)
    second = pep.ask("search/subject", {**question, "page": {"token": token}}).json()
    assert [*first["results"], *second["results"]] == whole["results"]
    assert second["page"]["next_token"] == ""


@must("authzen-8.2-2", "authzen-8.2.1-1")
def test_page_is_refused_when_the_request_is_another(pep: Pep) -> None:
    question = pep.question("read")
    first = pep.ask("search/subject", {**question, "page": {"limit": 1}}).json()
    token = first["page"]["next_token"]
    changed = pep.question("write")
    for body in (
        {**changed, "page": {"token": token}},
        {**question, "page": {"token": token, "limit": 2}},
        {**question, "page": {"token": "made-up"}},
        {**question, "page": {"token": "é"}},
    ):
        assert pep.ask("search/subject", body).status == 400


@must("authzen-8.5.1-1")
def test_resources_and_actions_are_found_that_the_policies_name(pep: Pep) -> None:
    question = pep.question("read")
    found = pep.ask("search/resource", question).json()
    assert found["results"] == [{"type": "record", "id": "record-1"}]
    question["resource"] = {"type": "client"}
    question["action"] = {"name": "sign_in"}
    clients = pep.ask("search/resource", question).json()["results"]
    assert clients == [{"type": "client", "id": pep.party.client_id}]
    asked = pep.question("", subject={"writer": "yes"})
    del asked["action"]
    actions = pep.ask("search/action", asked).json()["results"]
    assert actions == [{"name": n} for n in ("can_read_todos", "read", "use", "write")]
    page = pep.ask("search/action", {**asked, "page": {"limit": 3}}).json()
    rest = {**asked, "page": {"token": page["page"]["next_token"]}}
    assert pep.ask("search/action", rest).json()["results"] == [{"name": "write"}]
    asked["resource"] = {"type": "client", "id": pep.party.client_id}
    assert pep.ask("search/action", asked).json()["results"] == [{"name": "sign_in"}]


@pytest.mark.parametrize("place", ["subject", "action", "resource"])
def test_nothing_is_found_for_the_unknown(pep: Pep, place: str) -> None:
    question = pep.question("read")
    if place == "resource":
        question["resource"]["type"] = "spaceship"
    elif place == "subject":
        question["subject"]["type"] = "spaceship"
    else:
        question["subject"]["id"] = "nobody"
    assert pep.ask(f"search/{place}", question).json()["results"] == []


# §9 Metadata


@must(
    "authzen-9.2-1", "authzen-9.2.1-1", "authzen-9.2.2-1..2", "authzen-9.2.2-4", "authzen-9.2.3-1"
)
def test_metadata_name_every_endpoint(provider: Provider) -> None:
    answer = provider.wire.get("/.well-known/authzen-configuration")
    assert (answer.status, answer.media_type) == (200, "application/json")
    document = answer.json()
    assert document["policy_decision_point"] == provider.issuer
    assert all(document.values())
    paths = {name: value.removeprefix(provider.issuer) for name, value in document.items()}
    assert paths["access_evaluations_endpoint"] == "/access/v1/evaluations"
    assert paths["search_action_endpoint"] == "/access/v1/search/action"


# §10 Transport

Spoil = Callable[[dict[str, Any]], Any]
SPOILED: dict[str, tuple[Spoil, str]] = {
    "no subject": (lambda q: q.pop("subject"), "subject is missing"),
    "no action": (lambda q: q.pop("action"), "action is missing"),
    "no resource": (lambda q: q.pop("resource"), "resource is missing"),
    "no type": (lambda q: q["subject"].pop("type"), "subject.type is missing"),
    "no id": (lambda q: q["resource"].pop("id"), "resource.id is missing"),
    "no name": (lambda q: q["action"].pop("name"), "action.name is missing"),
    "subject no object": (lambda q: q.update(subject="alice"), "subject must be an object"),
    "id no string": (lambda q: q["subject"].update(id=7), "subject.id must be a string"),
    "properties no object": (
        lambda q: q["subject"].update(properties=[]),
        "subject.properties must be an object",
    ),
    "too many": (
        lambda q: q.update(context={str(n): n for n in range(99)}),
        "context: 99 values are more than 64",
    ),
    "deep": (lambda q: q.update(context={"a": {"b": {"c": {"d": 1}}}}), "deeper than 3"),
    "strange value": (lambda q: q.update(context={"a": [{}]}), "context.a: values are"),
    "evaluations no array": (lambda q: q.update(evaluations={"a": 1}), "must be an array"),
    "options no object": (
        lambda q: q.update(evaluations=[{}], options=1),
        "options must be an object",
    ),
    "semantic": (
        lambda q: q.update(evaluations=[{}], options={"evaluations_semantic": "maybe"}),
        "is one of execute_all",
    ),
}


@must("authzen-10.1.1-2", "authzen-10.1-1")
@pytest.mark.parametrize(("spoil", "words"), SPOILED.values(), ids=SPOILED.keys())
def test_request_is_refused_with_the_place_when_it_is_malformed(
    pep: Pep, spoil: Spoil, words: str
) -> None:
    question = pep.question("read")
    spoil(question)
    answer = pep.ask("evaluations", question)
    assert (answer.status, answer.media_type) == (400, "application/json")
    assert words in answer.json()


@pytest.mark.parametrize("page", [1, {"token": 1}, {"limit": -1}, {"limit": True}])
def test_search_is_refused_when_its_page_is_malformed(pep: Pep, page: Any) -> None:
    answer = pep.ask("search/subject", {**pep.question("read"), "page": page})
    assert answer.status == 400
    assert answer.json().startswith("page")


@must("authzen-10.1-1")
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"{}", "text/plain"),
    ],
)
def test_request_is_refused_when_it_is_no_json_object(
    pep: Pep, body: bytes, content_type: str
) -> None:
    answer = pep.party.provider.wire.send(
        "POST",
        "/access/v1/evaluation",
        body=body,
        content_type=content_type,
        headers={"Authorization": f"Bearer {pep.token}"},
    )
    assert answer.status == 400


@must("authzen-10.1.1-3..4")
def test_unknown_fields_and_their_order_change_nothing(pep: Pep) -> None:
    question = {"zone": 1, **dict(reversed(list(pep.question("read").items())))}
    question["subject"] = {"trust": "me", **question["subject"]}
    assert pep.ask("evaluation", question).json() == {"decision": True}


@must("authzen-10.1.3-1..2")
def test_request_identifier_is_told_back(pep: Pep) -> None:
    answer = pep.ask("evaluation", pep.question("read"), **{"X-Request-ID": "bfe9-eb29"})
    assert answer.header("X-Request-Id") == "bfe9-eb29"
    strange = pep.ask("evaluation", pep.question("read"), **{"X-Request-ID": "a\tb"})
    assert strange.header("X-Request-Id") not in {"", "a\tb"}


@must("authzen-11.3-1")
@pytest.mark.parametrize("authorization", ["", "Basic eDp5", "Bearer nonsense", "Bearer "])
def test_request_is_refused_without_a_good_token(pep: Pep, authorization: str) -> None:
    answer = pep.ask("evaluation", pep.question("read"), Authorization=authorization)
    assert answer.status == 401
    assert answer.header("WWW-Authenticate").startswith("Bearer realm=")
    assert isinstance(answer.json(), str)


def test_request_is_refused_when_the_token_is_for_something_else(
    pep: Pep, service: RelyingParty, once_signed_in: dict[str, Browser], citizen: Conduct
) -> None:
    other = service.token(grant_type="client_credentials").json()["access_token"]
    persons = pep.party.tokens(once_signed_in["adult"].twin(), citizen, scope="openid")
    for token in (other, persons["access_token"]):
        authorization = f"Bearer {token}"
        answer = pep.ask("evaluation", pep.question("read"), Authorization=authorization)
        assert answer.status == 403
        assert "insufficient_scope" in answer.header("WWW-Authenticate")


def test_method_is_post_alone(pep: Pep) -> None:
    answer = pep.party.provider.wire.get("/access/v1/evaluation")
    assert (answer.status, answer.header("Allow")) == (405, "POST")


def test_client_is_refused_once_it_is_suspended(provider: Provider, house: HouseUnderTest) -> None:
    party = provider.party(
        grant_types=["client_credentials"],
        response_types=[],
        redirect_uris=None,
        scope="access:evaluate",
    )
    token = party.token(grant_type="client_credentials").json()["access_token"]
    house.suspend(party.client_id)
    question = {
        "subject": {"type": "user", "id": "x"},
        "action": {"name": "read"},
        "resource": {"type": "a", "id": "b"},
    }
    answer = provider.wire.post_json(
        "/access/v1/evaluation", question, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status == 401
