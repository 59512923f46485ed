"""RFC 7592: a client manages its own registration with its own token, and nobody else's."""

import json
from typing import Any

import pytest

from tests.spec.relying_party import CALLBACK, Provider, RelyingParty
from tests.spec.wire import Answer

pytestmark = pytest.mark.storage


def manage(party: RelyingParty, method: str, document: Any = None, token: str = "") -> Answer:
    return party.provider.wire.send(
        method,
        party.registered["registration_client_uri"],
        body=b"" if document is None else json.dumps(document).encode(),
        content_type="application/json" if document is not None else "",
        headers={
            "Authorization": f"Bearer {token or party.registered['registration_access_token']}"
        },
    )


@pytest.mark.spec("RFC 7592 §2.2", "the new metadata replaces all of the old")
def test_registration_is_replaced_by_its_client(provider: Provider) -> None:
    party = provider.party(client_name="alt")
    document = {"client_id": party.client_id, "redirect_uris": [CALLBACK], "client_name": "neu"}
    answer = manage(party, "PUT", document)
    assert answer.status == 200
    assert answer.json()["client_name"] == "neu"
    assert manage(party, "GET").json()["client_name"] == "neu"


REFUSED = {
    "another client_id": ({"client_id": "other", "redirect_uris": [CALLBACK]}, "invalid_request"),
    "no client_id": ({"redirect_uris": [CALLBACK]}, "invalid_request"),
    "bad metadata": ({"redirect_uris": ["nonsense"]}, "invalid_redirect_uri"),
}


@pytest.mark.parametrize(("document", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_registration_is_not_replaced_when(
    provider: Provider, document: dict[str, Any], error: str
) -> None:
    party = provider.party()
    if error == "invalid_redirect_uri":
        document = {**document, "client_id": party.client_id}
    answer = manage(party, "PUT", document)
    assert answer.status == 400
    assert answer.json()["error"] == error


@pytest.mark.spec("RFC 7592 §2.3", "a deleted client is gone, with its token")
def test_registration_is_removed_by_its_client(provider: Provider) -> None:
    party = provider.party()
    assert manage(party, "DELETE").status == 204
    assert manage(party, "GET").status == 401


@pytest.mark.spec("RFC 7592 §2", "other methods are not allowed")
def test_configuration_endpoint_refuses_other_methods(provider: Provider) -> None:
    answer = manage(provider.party(), "PATCH", {})
    assert answer.status == 405
    assert answer.header("Allow") == "GET, PUT, DELETE"


def test_registration_endpoint_is_posted_to_alone(provider: Provider) -> None:
    answer = provider.wire.get(provider.metadata["registration_endpoint"])
    assert (answer.status, answer.header("Allow")) == (405, "POST")


def test_registration_is_refused_when_the_body_is_too_long(provider: Provider) -> None:
    document = {"redirect_uris": [CALLBACK], "client_name": "x" * 70_000}
    answer = provider.wire.post_json(provider.metadata["registration_endpoint"], document)
    assert answer.status in {400, 413}


def test_well_known_documents_are_read_alone(provider: Provider) -> None:
    for address in ("/.well-known/openid-configuration", "/oauth2/jwks"):
        answer = provider.wire.send("PUT", address)
        assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD")
