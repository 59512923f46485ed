"""ID token hints and signed request objects: ours and theirs, right and wrong."""

import secrets
from typing import Any

import orjson
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from idp.foundation.clock import SystemClock
from idp.foundation.keys import KeyRing
from idp.protocols.oauth.errors import InvalidRequest, InvalidRequestObject, OAuthError
from tests.protocols.oidc.authorization.conftest import CALLBACK, ISSUER, Judge

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
KEY = ECKey.generate_key("P-256", {"kid": "c1", "use": "sig"})
STRANGER = ECKey.generate_key("P-256", {"kid": "c1", "use": "sig"})
SECRET = "s" * 43
CLIENT: dict[str, Any] = {"jwks": {"keys": [KEY.as_dict(private=False)]}}


def signed(claims: dict[str, Any], *, key: Any = KEY, alg: str = "ES256", **header: Any) -> str:
    payload = orjson.dumps({"client_id": "portal", "aud": ISSUER, "iss": "portal", **claims})
    return jws.serialize_compact(
        {"alg": alg, "kid": "c1", **header}, payload, key, algorithms=[alg]
    )


@pytest.mark.spec("OpenID Connect Core 1.0 §6.1", "signed parameters supersede the plain ones")
def test_request_object_supersedes_the_plain_parameters(judge: Judge) -> None:
    raw = signed({"scope": "openid", "max_age": 7, "state": "signed", "redirect_uri": CALLBACK})
    draft = judge(client=CLIENT, request=raw, state="plain", prompt="login")
    assert (draft.scope, draft.max_age, draft.get("state")) == (("openid",), 7, "signed")
    assert draft.prompt == {"login"}


@pytest.mark.spec("RFC 9101 §10.5", "only the signed parameters count for a client that must sign")
def test_plain_parameters_do_not_count_for_a_client_that_must_sign(judge: Judge) -> None:
    client = {**CLIENT, "require_signed_request_object": True}
    raw = signed({"scope": "openid", "response_type": "code", "redirect_uri": CALLBACK})
    draft = judge(client=client, request=raw, state="plain", max_age="1")
    assert (draft.get("state"), draft.max_age) == ("", None)


def test_request_object_may_be_signed_with_the_client_secret(judge: Judge) -> None:
    client = {"request_object_signing_alg": "HS256"}
    raw = signed({"scope": "openid"}, key=OctKey.import_key(SECRET), alg="HS256")
    assert judge(client=client, request=raw).scope == ("openid",)


def test_claims_of_a_request_object_may_be_an_object(judge: Judge) -> None:
    raw = signed({"claims": {"userinfo": {"x": None}}})
    assert [c.name for c in judge(client=CLIENT, request=raw).claims if c.name == "x"]


NOW = SystemClock().timestamp()
BROKEN = {
    "another key": (signed({}, key=STRANGER), {}),
    "unknown kid": (signed({}, kid="c9"), {}),
    "endless": ("x" * 40_000, {}),
    "header is a list": ("W10.e30.x", {}),
    "not base64": ("\u0661.a.b", {}),
    "none": ("eyJhbGciOiJub25lIn0.e30.", {}),
    "critical header": (signed({}, crit=["b64"], b64=True), {}),
    "another algorithm than registered": (signed({}), {"request_object_signing_alg": "RS256"}),
    "HMAC with a public key": (
        signed({}, key=OctKey.import_key(orjson.dumps(KEY.as_dict(private=False))), alg="HS256"),
        {},
    ),
    "nested request": (signed({"request": "x"}), {}),
    "another client": (signed({"client_id": "other"}), {}),
    "another issuer": (signed({"iss": "other"}), {}),
    "another audience": (signed({"aud": ["https://other.example"]}), {}),
    "expired": (signed({"exp": NOW - 3600}), {}),
    "not yet": (signed({"nbf": NOW + 3600}), {}),
    "time in words": (signed({"exp": "later"}), {}),
    "time as truth": (signed({"exp": True}), {}),
    "another response_type": (signed({"response_type": "token"}), {}),
}


@pytest.mark.parametrize(("raw", "client"), BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.6", "invalid_request_object")
def test_request_object_is_refused_when(judge: Judge, raw: str, client: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestObject) as refused:
        judge(client={**CLIENT, **client}, request=raw)
    assert refused.value.__notes__ == [CALLBACK]


def test_request_object_payload_must_be_an_object(judge: Judge) -> None:
    raw = jws.serialize_compact({"alg": "ES256", "kid": "c1"}, b"[]", KEY, algorithms=["ES256"])
    with pytest.raises(InvalidRequestObject):
        judge(client=CLIENT, request=raw)


@pytest.mark.spec("RFC 9700 §4.1", "a broken object does not lead to an unregistered address")
def test_broken_request_object_is_told_on_a_page_without_a_registered_address(judge: Judge) -> None:
    with pytest.raises(InvalidRequestObject) as refused:
        judge(client=CLIENT, request=signed({}, key=STRANGER), redirect_uri="https://evil.example")
    assert refused.value.__notes__ == [""]


def test_request_object_needs_keys_that_can_be_reached(judge: Judge) -> None:
    client = {"jwks_uri": "https://portal.example/jwks"}
    with pytest.raises(InvalidRequestObject):
        judge(client=client, request=signed({}))


def test_request_object_needs_a_secret_where_the_client_has_none(judge: Judge) -> None:
    client = {"token_endpoint_auth_method": "none"}
    raw = signed({}, key=OctKey.import_key(SECRET), alg="HS256")
    with pytest.raises(OAuthError):
        judge(client=client, request=raw)


def id_token(ring: KeyRing, **claims: Any) -> str:
    base = {"iss": ISSUER, "aud": "portal", "sub": "s1", "exp": 1}
    return ring.sign_jwt({**base, **claims}, alg="ES256", typ="JWT")


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1", "an expired hint of ours is accepted")
def test_hint_names_the_expected_subject_even_when_expired(judge: Judge, ring: KeyRing) -> None:
    assert judge(id_token_hint=id_token(ring)).expected_subject == "s1"
    assert judge(id_token_hint=id_token(ring, aud=["x", "portal"])).expected_subject == "s1"


FOREIGN = {
    "another client's": {"aud": "other"},
    "another issuer's": {"iss": "https://other.example"},
}


@pytest.mark.parametrize("claims", FOREIGN.values(), ids=FOREIGN.keys())
def test_hint_is_refused_when_it_is(judge: Judge, ring: KeyRing, claims: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        judge(id_token_hint=id_token(ring, **claims))


def test_hint_is_refused_when_it_is_an_access_token(judge: Judge, ring: KeyRing) -> None:
    claims = {"iss": ISSUER, "aud": "portal", "sub": "s1", "jti": secrets.token_hex(4)}
    with pytest.raises(InvalidRequest):
        judge(id_token_hint=ring.sign_jwt(claims, alg="ES256", typ="at+jwt"))


def test_two_expected_subjects_are_refused(judge: Judge, ring: KeyRing) -> None:
    with pytest.raises(InvalidRequest):
        judge(id_token_hint=id_token(ring), claims='{"id_token": {"sub": {"value": "s2"}}}')
