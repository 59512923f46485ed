"""The door's last look: what may have changed while a person walked."""

from dataclasses import replace
from uuid import uuid4

import pytest

from idp.clients.directory import SnapshotDirectory
from idp.clients.registrar import ClientRegistrar
from idp.foundation.clock import SystemClock
from idp.foundation.storage import ValkeyStore
from idp.journey.outcome import Granted, Refused
from idp.protocols.oidc.authorization.door import OidcDoor
from idp.protocols.oidc.authorization.request import Continuation
from idp.subjects.subject_identifiers import SubjectIdentifiers
from idp.tokens.codes import AuthorizationCodes
from policies.levels import Level
from tests.protocols.oidc.authorization.conftest import CALLBACK, ISSUER, METADATA

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
NOW = SystemClock().now()
GRANTED = Granted(
    person_id=uuid4(),
    session_id=uuid4(),
    authenticated_at=NOW,
    level=Level(ial=2, aal=1),
    amr=("pwd",),
    scope=("openid",),
)
ASKED = Continuation(
    client_id="portal",
    redirect_uri=CALLBACK,
    redirect_uri_given=True,
    response_mode="query",
    state="s",
    nonce="n",
)


@pytest.fixture
def door(registrar: ClientRegistrar, directory: SnapshotDirectory, store: ValkeyStore) -> OidcDoor:
    registrar.declare("portal", METADATA, {}, secret="s" * 43)
    return OidcDoor(
        issuer=ISSUER,
        clients=directory,
        codes=AuthorizationCodes(store),
        subjects=SubjectIdentifiers(b"salt"),
        client_sid=lambda _session, _client: "sid",
        browser_state=str,
    )


def test_code_is_answered_with_state_and_issuer(door: OidcDoor) -> None:
    answer = door.conclude(ASKED.dump(), GRANTED, now=NOW)
    assert answer.url.startswith(f"{CALLBACK}?code=")
    assert "&session_state=" in answer.url
    assert answer.url.endswith("&state=s&iss=https%3A%2F%2Fid.example")


def test_refusal_is_handed_on(door: OidcDoor) -> None:
    refused = Refused(error="access_denied", description="No.")
    assert "error=access_denied" in door.conclude(ASKED.dump(), refused, now=NOW).url


def test_code_is_refused_when_the_client_was_suspended_meanwhile(
    door: OidcDoor, registrar: ClientRegistrar, directory: SnapshotDirectory
) -> None:
    registrar.set_status("portal", "suspended")
    directory.reload()
    assert "error=unauthorized_client" in door.conclude(ASKED.dump(), GRANTED, now=NOW).url


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1", "never answers for another subject than asked")
def test_code_is_refused_for_another_subject_than_asked(door: OidcDoor) -> None:
    asked = replace(ASKED, expected_subject="someone-else")
    assert "error=login_required" in door.conclude(asked.dump(), GRANTED, now=NOW).url
