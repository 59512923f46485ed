from dataclasses import replace
from typing import Any

import orjson
import pytest

from idp.clients.client import Client
from idp.foundation.storage import RevocationFeed, ValkeyStore
from idp.protocols.oauth.wire import WireRequest, WireResponse
from idp.subjects.disclosures import told_of
from idp.subjects.models import Disclosure
from idp.tokens.models import GrantRow
from tests.tokens.house import API, ISSUER, SECRET, House, form_request

pytestmark = pytest.mark.storage


def token_of(house: House, client: Client, **changes: Any) -> str:
    _, value = house.code(client, **changes)
    return str(orjson.loads(house.redeem(client, value).body)["access_token"])


def asked(house: House, token: str, **changes: Any) -> WireResponse:
    request = WireRequest(method="GET", path="/oauth2/userinfo", authorization=f"Bearer {token}")
    return house.userinfo(request._replace(**changes))


@pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])
@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2", "The sub Claim MUST always be returned")
def test_userinfo_answers_released_claims_when_the_token_is_good(
    house: House, access_token_format: str
) -> None:
    client = house.client(access_token_format=access_token_format)
    token = token_of(house, client, userinfo_claims=("name", "phone_number"))

    answers = [asked(house, token), asked(house, token)]
    answers.append(house.userinfo(form_request("/oauth2/userinfo", {"access_token": token})))
    answers.append(asked(house, token, method="POST"))

    for answer in answers:
        assert answer.status == 200
        assert orjson.loads(answer.body) == {"sub": "the-subject", "name": "张三"}
        assert ("Access-Control-Allow-Origin", "*") in answer.headers
        assert ("Cache-Control", "no-store") in answer.headers


@pytest.mark.requirement("R13")
def test_userinfo_is_on_record_by_its_grounds_when_it_told_something(house: House) -> None:
    by_law = {"legal_basis": "statutory_duty", "statutory_claims": frozenset({"name"})}
    client = house.client(**by_law)
    asked(house, token_of(house, client, userinfo_claims=("name", "birthdate", "email")))
    grant = GrantRow.objects.get()
    told = {each.basis: each.claims for each in told_of(grant.person_id)}
    assert told == {"statutory_duty": ("name",), "consent": ("birthdate",)}
    ours = house.client(skips_consent=True)
    asked(house, token_of(house, ours))
    assert list(Disclosure.objects.order_by("-id").values_list("basis", "claims")[:1]) == [
        ("own", "name")
    ]


def test_userinfo_keeps_claims_sealed_and_briefly_when_it_remembers_them(house: House) -> None:
    client = house.client()
    token = token_of(house, client)
    asked(house, token)
    house.people.claims["name"] = "李四"
    grant = house.verifier.verify(token, now=house.clock.timestamp())
    assert grant is not None

    kept = house.store.get(f"ui:{grant.grant}")

    assert kept is not None
    assert "张三".encode() not in kept
    house.store.delete(f"ui:{grant.grant}")
    assert orjson.loads(asked(house, token).body)["name"] == "李四"


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2", "iss and aud when signed; application/jwt")
def test_userinfo_is_signed_when_the_client_registered_for_it(house: House, alg: str) -> None:
    client = house.client(userinfo_signed_response_alg=alg)

    answer = asked(house, token_of(house, client))

    assert ("Content-Type", "application/jwt") in answer.headers
    claims = house.keys.verify_jwt(answer.body.decode(), typ="JWT")
    assert claims == {
        "iss": ISSUER,
        "aud": client.client_id,
        "sub": "the-subject",
        "name": "张三",
    }


def test_userinfo_answers_the_subject_alone_when_nothing_was_released(house: House) -> None:
    token = token_of(house, house.client(), userinfo_claims=())

    assert orjson.loads(asked(house, token).body) == {"sub": "the-subject"}


def test_userinfo_never_lets_a_claim_replace_the_subject(house: House) -> None:
    house.people.claims["sub"] = "somebody-else"
    token = token_of(house, house.client(), userinfo_claims=("sub", "name"))

    assert orjson.loads(asked(house, token).body)["sub"] == "the-subject"


@pytest.mark.spec("RFC 6750 §3.1", "SHOULD NOT include an error code if no authentication was sent")
@pytest.mark.parametrize("authorization", ["", "Basic eDp5", "Bearer", "Bearer  "])
def test_userinfo_challenges_without_a_code_when_there_is_no_token(
    house: House, authorization: str
) -> None:
    answer = asked(house, "", authorization=authorization)

    assert answer.status == 401
    assert dict(answer.headers)["WWW-Authenticate"] == 'Bearer realm="tongxing"'


@pytest.mark.spec("RFC 6750 §2.3", "the query parameter SHOULD NOT be used")
def test_userinfo_ignores_a_token_when_it_stands_in_the_query(house: House) -> None:
    token = token_of(house, house.client())

    answer = asked(house, "", authorization="", query=f"access_token={token}")

    assert answer.status == 401


def test_userinfo_is_refused_when_the_token_stands_in_two_places(house: House) -> None:
    token = token_of(house, house.client())
    request = form_request("/oauth2/userinfo", {"access_token": token})

    answer = house.userinfo(request._replace(authorization=f"Bearer {token}"))

    assert answer.status == 400
    assert 'error="invalid_request"' in dict(answer.headers)["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        pytest.param({"resources": (API,)}, 401, "invalid_token", id="another-audience"),
        pytest.param({"scope": ("api:read",)}, 403, "insufficient_scope", id="without-openid"),
    ],
)
@pytest.mark.spec("RFC 9068 §4", "MUST validate that the aud claim contains this resource")
def test_userinfo_is_refused_when_the_token_is_not_for_it(
    house: House, changes: dict[str, Any], status: int, error: str
) -> None:
    answer = asked(house, token_of(house, house.client(), **changes))

    assert answer.status == status
    assert f'error="{error}"' in dict(answer.headers)["WWW-Authenticate"]
    assert orjson.loads(answer.body)["error"] == error


def test_userinfo_is_refused_when_no_person_gave_the_token(house: House) -> None:
    client = house.client()
    body = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": SECRET,
    }
    token = orjson.loads(house.post(body).body)["access_token"]

    assert asked(house, token).status == 403


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "ü", "txa_unknown"])
@pytest.mark.spec("RFC 6750 §3.1", "invalid_token: expired, revoked, malformed or invalid")
def test_userinfo_is_refused_when_the_token_is_unknown(house: House, token: str) -> None:
    answer = asked(house, token)

    assert answer.status == 401
    assert 'error="invalid_token"' in dict(answer.headers)["WWW-Authenticate"]


def test_userinfo_is_refused_when_its_client_is_gone(house: House) -> None:
    client = house.client()
    token = token_of(house, client)
    house.clients.add(replace(client, status="suspended"))
    assert asked(house, token).status == 401
    del house.clients.clients[client.client_id]

    assert asked(house, token).status == 401


def test_userinfo_is_refused_when_the_grant_is_revoked_or_the_person_erased(house: House) -> None:
    client = house.client()
    token, other = token_of(house, client), token_of(house, client)
    house.people.is_erased = True
    assert asked(house, token).status == 401
    GrantRow.objects.update(revoked_at=1)

    assert asked(house, other).status == 401


def test_userinfo_answers_503_when_revocation_cannot_be_told(house: House) -> None:
    token = token_of(house, house.client())
    away = RevocationFeed(ValkeyStore("unix:///nowhere/valkey.sock"), clock=house.clock)
    house.verifier._revocations = away

    answer = asked(house, token)

    assert answer.status == 503
    assert "WWW-Authenticate" not in dict(answer.headers)


def test_userinfo_answers_a_preflight_and_refuses_other_methods(house: House) -> None:
    asking = asked(house, "", method="OPTIONS")
    deleting = asked(house, "", method="DELETE")

    assert asking.status == 204
    assert ("Access-Control-Allow-Headers", "Authorization, Content-Type") in asking.headers
    assert deleting.status == 405
    assert ("Allow", "GET, POST") in deleting.headers
