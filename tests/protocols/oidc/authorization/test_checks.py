"""The authorization table, row by row: what it establishes, and what it refuses by which code."""

from typing import Any

import pytest

from idp.journey.request import WantedClaim
from idp.protocols.oauth.errors import OAuthError
from policies.levels import Level
from tests.protocols.oidc.authorization.conftest import CALLBACK, CHALLENGE, ISSUER, Judge

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def test_good_request_passes_with_what_was_asked(judge: Judge) -> None:
    draft = judge(state="s", max_age="60", prompt="login consent", ui_locales="en")
    assert draft.redirect_uri == CALLBACK
    assert draft.scope == ("openid", "profile")
    assert draft.max_age == 60
    assert draft.prompt == {"login", "consent"}
    assert WantedClaim(name="name") in draft.claims


BEFORE_REDIRECT = {
    "no client_id": ({"client_id": None}, "invalid_request"),
    "unknown client": ({"client_id": "nobody"}, "invalid_request"),
    "suspended client": ({"status": "suspended"}, "unauthorized_client"),
    "no redirect_uri": ({"redirect_uri": None}, "invalid_request"),
    "foreign redirect_uri": ({"redirect_uri": "https://evil.example/cb"}, "invalid_request"),
    "longer redirect_uri": ({"redirect_uri": f"{CALLBACK}/x"}, "invalid_request"),
    "other case": ({"redirect_uri": "https://portal.example/CB"}, "invalid_request"),
    "query added": ({"redirect_uri": f"{CALLBACK}?x=1"}, "invalid_request"),
    "loopback for a web client": ({"redirect_uri": "http://127.0.0.1:1/cb"}, "invalid_request"),
}


@pytest.mark.parametrize(("change", "code"), BEFORE_REDIRECT.values(), ids=BEFORE_REDIRECT.keys())
@pytest.mark.spec(
    "RFC 6749 §4.1.2.1",
    "MUST NOT automatically redirect the user-agent to the invalid redirection URI",
)
def test_request_is_refused_on_a_page_when(judge: Judge, change: dict[str, Any], code: str) -> None:
    with pytest.raises(OAuthError) as refused:
        judge(**change)
    assert refused.value.code == code
    assert refused.value.__notes__ == [""]


AFTER_REDIRECT = {
    "response_mode": ({"response_mode": "fragment"}, "invalid_request"),
    "request_uri": ({"request_uri": "https://portal.example/r"}, "invalid_request_uri"),
    "registration": ({"registration": "{}"}, "registration_not_supported"),
    "endless state": ({"state": "x" * 3000}, "invalid_request"),
    "no response_type": ({"response_type": None}, "invalid_request"),
    "implicit": ({"response_type": "token"}, "unsupported_response_type"),
    "hybrid": ({"response_type": "code id_token"}, "unsupported_response_type"),
    "grant not registered": (
        {"client": {"grant_types": ["client_credentials"], "response_types": []}},
        "unauthorized_client",
    ),
    "scope syntax": ({"scope": 'openid "'}, "invalid_scope"),
    "two spaces in scope": ({"scope": "openid  profile"}, "invalid_scope"),
    "scope not registered": ({"scope": "secrets"}, "invalid_scope"),
    "plain": ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
    "plain by default": ({"code_challenge": CHALLENGE}, "invalid_request"),
    "method alone": ({"code_challenge_method": "S256"}, "invalid_request"),
    "short challenge": (
        {"code_challenge": "abc", "code_challenge_method": "S256"},
        "invalid_request",
    ),
    "public without PKCE": (
        {"client": {"token_endpoint_auth_method": "none"}},
        "invalid_request",
    ),
    "registered for PKCE": ({"client": {"require_pkce": True}}, "invalid_request"),
    "resource fragment": ({"resources": ("https://api.example#x",)}, "invalid_target"),
    "resource relative": ({"resources": ("api",)}, "invalid_target"),
    "resource unknown": ({"resources": ("https://other.example",)}, "invalid_target"),
    "two resources": ({"resources": ("https://api.example", ISSUER)}, "invalid_target"),
    "none with login": ({"prompt": "none login"}, "invalid_request"),
    "unknown prompt": ({"prompt": "dance"}, "invalid_request"),
    "negative max_age": ({"max_age": "-1"}, "invalid_request"),
    "max_age in words": ({"max_age": "soon"}, "invalid_request"),
    "claims are not JSON": ({"claims": "{"}, "invalid_request"),
    "claims are a list": ({"claims": "[]"}, "invalid_request"),
    "claims target": ({"claims": '{"userinfo": []}'}, "invalid_request"),
    "claims member": ({"claims": '{"userinfo": {"name": 7}}'}, "invalid_request"),
    "claims values": ({"claims": '{"id_token": {"acr": {"values": "x"}}}'}, "invalid_request"),
    "claims essential": ({"claims": '{"userinfo": {"name": {"essential": 1}}}'}, "invalid_request"),
    "endless claims": ({"claims": '{"x":"' + "y" * 9000 + '"}'}, "invalid_request"),
    "essential acr unknown": (
        {"claims": '{"id_token": {"acr": {"essential": true, "value": "gold"}}}'},
        "invalid_request",
    ),
    "hint is no token": ({"id_token_hint": "a.b.c"}, "invalid_request"),
    "broken request object": ({"request": "nonsense"}, "invalid_request_object"),
    "request object missing": (
        {"client": {"require_signed_request_object": True}, "request": None},
        "invalid_request",
    ),
}


@pytest.mark.parametrize(("change", "code"), AFTER_REDIRECT.values(), ids=AFTER_REDIRECT.keys())
@pytest.mark.spec("RFC 6749 §4.1.2.1", "tells the client by redirect, with the registered code")
def test_request_is_refused_with_code_when(judge: Judge, change: dict[str, Any], code: str) -> None:
    with pytest.raises(OAuthError) as refused:
        judge(**change)
    assert refused.value.code == code


@pytest.mark.spec("RFC 6749 §3.1.2.3", "a single registered URI may be left out in plain OAuth")
def test_redirect_uri_is_known_when_one_is_registered_and_openid_is_not_asked(judge: Judge) -> None:
    draft = judge(redirect_uri=None, scope="profile")
    assert draft.redirect_uri == CALLBACK


LOOPBACKS = {
    "other port": ("http://127.0.0.1:5123/cb", True),
    "no port": ("http://127.0.0.1/cb", True),
    "IPv6": ("http://[::1]:7000/six", True),
    "other path": ("http://127.0.0.1:5123/other", False),
    "not loopback": ("http://10.0.0.1:5123/cb", False),
    "https": ("https://127.0.0.1:5123/cb", False),
}


@pytest.mark.parametrize(("uri", "is_taken"), LOOPBACKS.values(), ids=LOOPBACKS.keys())
@pytest.mark.spec("RFC 8252 §7.3", "MUST allow any port to be specified at the time of the request")
def test_native_loopback_port_is_free_when(judge: Judge, uri: str, *, is_taken: bool) -> None:
    native = {
        "application_type": "native",
        "redirect_uris": ["http://127.0.0.1/cb", "http://[::1]/six"],
    }
    if is_taken:
        assert judge(client=native, redirect_uri=uri).redirect_uri == uri
        return
    with pytest.raises(OAuthError):
        judge(client=native, redirect_uri=uri)


@pytest.mark.spec("RFC 7636 §4.3", "S256 is taken")
def test_code_challenge_is_taken_for_a_public_client(judge: Judge) -> None:
    public = {"token_endpoint_auth_method": "none"}
    judge(client=public, code_challenge=CHALLENGE, code_challenge_method="S256")


def test_offline_access_is_passed_over_without_the_refresh_token_grant(judge: Judge) -> None:
    scope = "openid offline_access"
    assert judge(scope=scope).scope == ("openid", "offline_access")
    alone = {"grant_types": ["authorization_code"]}
    assert judge(scope=scope, client=alone).scope == ("openid",)


@pytest.mark.spec("RFC 8707 §2", "a registered resource or the issuer itself")
@pytest.mark.parametrize("resource", ["https://api.example", ISSUER])
def test_resource_is_taken_when_registered(judge: Judge, resource: str) -> None:
    assert judge(resources=(resource,)).resources == (resource,)


def test_default_max_age_counts_when_none_is_asked(judge: Judge) -> None:
    client = {"default_max_age": 300}
    assert judge(client=client).max_age == 300
    assert judge(client=client, max_age="0").max_age == 0


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5", "individual claims supersede those of the scope")
def test_claims_parameter_is_merged_with_the_scope(judge: Judge) -> None:
    draft = judge(
        claims='{"userinfo": {"name": {"essential": true}, "x": null}, '
        '"id_token": {"email": {"values": ["a@b.example"]}, "auth_time": null}}'
    )
    assert WantedClaim(name="name", essential=True) in draft.claims
    assert WantedClaim(name="name") not in draft.claims
    assert WantedClaim(name="x") in draft.claims
    assert WantedClaim(name="email", target="id_token", values=("a@b.example",)) in draft.claims
    assert not [claim for claim in draft.claims if claim.name == "auth_time"]


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1.1", "an essential acr must be reached")
def test_essential_acr_is_required(judge: Judge) -> None:
    draft = judge(
        claims='{"id_token": {"acr": {"essential": true, "values": '
        '["urn:tongxing:acr:ial2:aal2", "urn:tongxing:acr:ial2:aal1", "gold"]}}}',
        acr_values="urn:tongxing:acr:ial1:aal1",
    )
    assert draft.required == Level(ial=2, aal=1)
    assert draft.required_is_essential


def test_voluntary_acr_of_the_claims_parameter_is_not_essential(judge: Judge) -> None:
    draft = judge(claims='{"id_token": {"acr": {"value": "urn:tongxing:acr:ial2:aal1"}}}')
    assert (draft.required, draft.required_is_essential) == (Level(ial=2, aal=1), False)
    unknown = judge(claims='{"id_token": {"acr": {"value": "gold"}}}')
    assert unknown.required is None
    bare = judge(claims='{"id_token": {"acr": null, "sub": null}}')
    assert bare.required is None


ACR_VALUES = {
    "first known": ("gold urn:tongxing:acr:ial2:aal1", Level(ial=2, aal=1)),
    "lowest of several": (
        "urn:tongxing:acr:ial3:aal2 urn:tongxing:acr:ial1:aal1",
        Level(ial=1, aal=1),
    ),
    "unknown only": ("gold silver", None),
}


@pytest.mark.parametrize(("asked", "required"), ACR_VALUES.values(), ids=ACR_VALUES.keys())
@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1", "acr_values are voluntary")
def test_acr_values_give_the_lowest_level_that_answers(
    judge: Judge, asked: str, required: Level | None
) -> None:
    draft = judge(acr_values=asked)
    assert draft.required == required
    assert not draft.required_is_essential


def test_default_acr_values_count_when_none_are_asked(judge: Judge) -> None:
    client = {"default_acr_values": ["urn:tongxing:acr:ial2:aal1"]}
    assert judge(client=client).required == Level(ial=2, aal=1)


def test_subject_of_the_claims_parameter_is_expected(judge: Judge) -> None:
    assert judge(claims='{"id_token": {"sub": {"value": "s1"}}}').expected_subject == "s1"


def test_create_prompt_is_passed_by(judge: Judge) -> None:
    assert judge(prompt="create").prompt == frozenset()
