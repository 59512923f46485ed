"""What a client may say of itself, and what is refused by name."""

from typing import Any

import pytest

from idp.clients.metadata import (
    MetadataProblem,
    MetadataRules,
    described_by_itself,
    validated_metadata,
)

GOOD: dict[str, Any] = {"redirect_uris": ["https://portal.example/cb"], "client_name": "门户"}
EC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}


@pytest.mark.spec("RFC 7591 §2", "fills in the defaults of omitted members")
def test_metadata_gets_defaults_when_little_is_said(rules: MetadataRules) -> None:
    accepted = validated_metadata(GOOD, rules)
    assert accepted["grant_types"] == ["authorization_code"]
    assert accepted["response_types"] == ["code"]
    assert accepted["token_endpoint_auth_method"] == "client_secret_basic"
    assert accepted["id_token_signed_response_alg"] == "RS256"
    assert accepted["application_type"] == "web"
    assert accepted["subject_type"] == "public"


@pytest.mark.spec(
    "RFC 7591 §2",
    "The authorization server MUST ignore any client metadata sent by the client that it does "
    "not understand",
)
def test_metadata_drops_members_it_does_not_know(rules: MetadataRules) -> None:
    accepted = validated_metadata({**GOOD, "favourite_colour": "red", "scope": None}, rules)
    assert "favourite_colour" not in accepted
    assert "scope" not in accepted


def test_metadata_keeps_names_in_other_languages(rules: MetadataRules) -> None:
    accepted = validated_metadata({**GOOD, "client_name#en": "Portal"}, rules)
    assert accepted["client_name#en"] == "Portal"


REFUSED = {
    "no redirect uri": ({"redirect_uris": []}, "redirect_uris"),
    "redirect uris are text": ({"redirect_uris": "https://portal.example/cb"}, "redirect_uris"),
    "relative": ({"redirect_uris": ["/cb"]}, "redirect_uris"),
    "fragment": ({"redirect_uris": ["https://portal.example/cb#x"]}, "redirect_uris"),
    "http": ({"redirect_uris": ["http://portal.example/cb"]}, "redirect_uris"),
    "credentials": ({"redirect_uris": ["https://u:p@portal.example/cb"]}, "redirect_uris"),
    "space": ({"redirect_uris": ["https://portal.example/c b"]}, "redirect_uris"),
    "no host": ({"redirect_uris": ["https:///cb"]}, "redirect_uris"),
    "bad port": ({"redirect_uris": ["https://portal.example:99999999/cb"]}, "redirect_uris"),
    "javascript": (
        {"redirect_uris": ["javascript:alert(1)"], "application_type": "native"},
        "redirect_uris",
    ),
    "private scheme on the web": ({"redirect_uris": ["cn.example.app:/cb"]}, "redirect_uris"),
    "plain scheme": (
        {"redirect_uris": ["app:/cb"], "application_type": "native"},
        "redirect_uris",
    ),
    "logo over http": ({"logo_uri": "http://portal.example/l.png"}, "logo_uri"),
    "logo without host": ({"logo_uri": "https:///l.png"}, "logo_uri"),
    "localized logo": ({"logo_uri#en": "http://portal.example/l.png"}, "logo_uri#en"),
    "back-channel over http": (
        {"backchannel_logout_uri": "http://portal.example/bye"},
        "backchannel_logout_uri",
    ),
    "sector over http": (
        {"sector_identifier_uri": "http://portal.example/s.json"},
        "sector_identifier_uri",
    ),
    "code without its grant": (
        {"grant_types": ["refresh_token"], "response_types": ["code"]},
        "response_types",
    ),
    "implicit": ({"response_types": ["id_token"]}, "response_types"),
    "public service account": (
        {
            "grant_types": ["client_credentials"],
            "response_types": [],
            "token_endpoint_auth_method": "none",
        },
        "grant_types",
    ),
    "unknown method": ({"token_endpoint_auth_method": "magic"}, "token_endpoint_auth_method"),
    "both key members": (
        {"jwks": {"keys": [EC_KEY]}, "jwks_uri": "https://portal.example/jwks"},
        "jwks",
    ),
    "private key shown": ({"jwks": {"keys": [{**EC_KEY, "d": "AQAB"}]}}, "jwks"),
    "keys are text": ({"jwks": "none"}, "jwks"),
    "assertion without keys": (
        {"token_endpoint_auth_method": "private_key_jwt"},
        "token_endpoint_auth_method",
    ),
    "unsigned ID tokens": (
        {"id_token_signed_response_alg": "none"},
        "id_token_signed_response_alg",
    ),
    "unknown algorithm": (
        {"userinfo_signed_response_alg": "HS1"},
        "userinfo_signed_response_alg",
    ),
    "token format": ({"access_token_format": "paseto"}, "access_token_format"),
    "token algorithm": (
        {"access_token_signed_response_alg": "HS256"},
        "access_token_signed_response_alg",
    ),
    "scope syntax": ({"scope": 'openid "x"'}, "scope"),
    "negative age": ({"default_max_age": -1}, "default_max_age"),
    "age as truth": ({"default_max_age": True}, "default_max_age"),
    "boolean as text": ({"require_auth_time": "yes"}, "require_auth_time"),
    "name as number": ({"client_name": 7}, "client_name"),
    "endless name": ({"client_name": "长" * 5000}, "client_name"),
    "subject type": ({"subject_type": "ephemeral"}, "subject_type"),
}


@pytest.mark.parametrize(("change", "member"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.spec("RFC 7591 §3.2.2", "names the member that cannot be accepted")
def test_metadata_is_refused_by_member_when(
    rules: MetadataRules, change: dict[str, Any], member: str
) -> None:
    with pytest.raises(MetadataProblem) as refused:
        validated_metadata({**GOOD, **change}, rules)
    assert refused.value.member == member


ACCEPTED = {
    "native loopback": (
        ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb"],
        "native",
    ),
    "native private scheme": (["cn.example.app:/cb"], "native"),
    "several hosts": (["https://a.example/cb", "https://b.example/cb?x=1"], "web"),
}


@pytest.mark.parametrize(("uris", "kind"), ACCEPTED.values(), ids=ACCEPTED.keys())
@pytest.mark.spec("RFC 8252 §7", "private-use schemes and loopback addresses of native apps")
def test_redirect_uris_are_accepted_for(rules: MetadataRules, uris: list[str], kind: str) -> None:
    accepted = validated_metadata({"redirect_uris": uris, "application_type": kind}, rules)
    assert accepted["redirect_uris"] == uris


def test_http_is_accepted_in_development_alone(rules: MetadataRules) -> None:
    development = MetadataRules(server_metadata=rules.server_metadata, http_allowed=True)
    given = {"redirect_uris": ["http://127.0.0.1:8010/cb"]}
    assert validated_metadata(given, development)["redirect_uris"] == given["redirect_uris"]
    with pytest.raises(MetadataProblem):
        validated_metadata(given, rules)


@pytest.mark.spec("OpenID Connect Core 1.0 §4", "initiate_login_uri MUST use the https scheme")
@pytest.mark.parametrize(
    ("issuer", "accepted"), [("https://id.city.example", False), ("http://127.0.0.1:8000", True)]
)
def test_login_is_started_over_http_only_by_an_issuer_without_tls(
    rules: MetadataRules, issuer: str, *, accepted: bool
) -> None:
    development = MetadataRules(
        server_metadata={**rules.server_metadata, "issuer": issuer}, http_allowed=True
    )
    given = {
        "redirect_uris": ["http://127.0.0.1:8010/cb"],
        "initiate_login_uri": "http://127.0.0.1:8010/login",
    }
    assert validated_metadata(given, development)["initiate_login_uri"]
    if accepted:
        assert described_by_itself(given, development)["initiate_login_uri"]
        return
    with pytest.raises(MetadataProblem) as refused:
        described_by_itself(given, development)
    assert refused.value.member == "initiate_login_uri"


def test_service_account_needs_no_redirect_uri(rules: MetadataRules) -> None:
    accepted = validated_metadata({"grant_types": ["client_credentials"]}, rules)
    assert accepted["response_types"] == []
