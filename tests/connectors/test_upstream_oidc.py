"""The partner's documents, one by one, and the recorded exchange of a login."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from connectors.errors import OutboundAnswerRejected
from connectors.settings import Secret
from connectors.upstream_oidc import wire
from connectors.upstream_oidc.adapter import UpstreamOidc
from connectors.upstream_oidc.settings import UpstreamOidcSettings
from tests.recorded import Replay

NOW = datetime(2026, 3, 1, 8, 30, 5, tzinfo=UTC)
SETTINGS = UpstreamOidcSettings(
    provider="province",
    issuer="https://portal.province.example",
    client_id="city",
    client_secret=Secret("recorded secret"),
    ceiling=3,
    levels={"urn:province:3": "3"},
)
METADATA = {
    "issuer": "https://portal.province.example",
    "authorization_endpoint": "https://portal.province.example/authorize",
    "token_endpoint": "https://portal.province.example/token",
    "jwks_uri": "https://portal.province.example/jwks",
}
EXPECTED = wire.Expected(nonce="n", access_token="at", now=NOW)


def test_logins_exchange_is_the_recorded_one_byte_for_byte() -> None:
    replay = Replay("upstream_oidc")
    tokens = iter(["state-1", "nonce-1", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"])
    login = UpstreamOidc(SETTINGS, replay.client, new_token=lambda: next(tokens))

    start = login.start("https://id.city.example/back", now=NOW)
    back = {"state": "state-1", "code": "code-1"}
    identity = login.finish(back, kept=start.kept, now=NOW)

    assert replay.asked == replay.requests
    assert start.url == (
        "https://portal.province.example/authorize?response_type=code&client_id=city"
        "&redirect_uri=https%3A%2F%2Fid.city.example%2Fback&scope=openid+profile&state=state-1"
        "&nonce=nonce-1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        "&code_challenge_method=S256"
    )
    assert (identity.subject, identity.identity_level) == ("248289761001", 3)
    assert identity.claims == {"name": "陈思远"}


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://portal.province.example/"},
        {"token_endpoint": None},
        {"token_endpoint": "http://portal.province.example/token"},
        {"jwks_uri": "jwks"},
        {"userinfo_endpoint": "http://portal.province.example/me"},
    ],
    ids=["issuer", "missing", "downgraded", "relative", "userinfo downgraded"],
)
def test_metadata_is_refused_when_it_does_not_hold(changed: dict[str, Any]) -> None:
    with pytest.raises(OutboundAnswerRejected):
        wire.metadata_of({**METADATA, **changed}, SETTINGS)
    with pytest.raises(OutboundAnswerRejected):
        wire.metadata_of([], SETTINGS)


def test_metadata_is_read_when_it_holds() -> None:
    read = wire.metadata_of(METADATA, SETTINGS)

    assert (read.userinfo_endpoint, read.names_itself) == ("", False)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"keys": []},
        {"keys": [OctKey.generate_key(256).as_dict(private=True)]},
        {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA"}]},
        {"keys": [{**RSAKey.generate_key(2048).as_dict(private=False), "use": "enc"}]},
        {"keys": [ECKey.generate_key("P-256").as_dict(private=True)]},
    ],
    ids=["a list", "nothing", "no key", "symmetric", "half a key", "for encryption", "private"],
)
def test_keys_are_refused_when_none_of_them_may_sign(document: object) -> None:
    with pytest.raises(OutboundAnswerRejected):
        wire.keys_of(document)


KEY = ECKey.generate_key("P-256", {"kid": "k1"})
KEYS = KeySet([KEY])
CLAIMS = {
    "iss": SETTINGS.issuer,
    "sub": "s",
    "aud": "city",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 60,
    "nonce": "n",
}


def signed(header: dict[str, Any] | None = None, **changed: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": "k1", **(header or {})}, claims, KEY)


@pytest.mark.parametrize("audience", ["city", ["city"]])
def test_token_is_believed_when_it_is_for_us_alone(audience: Any) -> None:
    assert wire.read_id_token(signed(aud=audience), KEYS, SETTINGS, EXPECTED)["sub"] == "s"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://portal.province.example/"},
        {"aud": ["city", "other"], "azp": "city"},
        {"aud": ["other"]},
        {"nonce": None},
        {"nonce": "m"},
        {"exp": int(NOW.timestamp()) - 61},
        {"iat": int(NOW.timestamp()) + 120},
        {"exp": "tomorrow"},
        {"sub": 7},
        {"sub": "s" * 256},
        {"sub": None},
        {"azp": "other"},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"auth_time": "then"},
    ],
)
def test_token_is_refused_when_a_claim_does_not_hold(changed: dict[str, Any]) -> None:
    with pytest.raises(OutboundAnswerRejected):
        wire.read_id_token(signed(**changed), KEYS, SETTINGS, EXPECTED)


def test_token_is_refused_when_it_is_none_or_of_an_unknown_key() -> None:
    two = KeySet([KEY, ECKey.generate_key("P-256", {"kid": "k2"})])
    for token in (None, 7, "", "é", "a.b", "x" * 20000):
        with pytest.raises(OutboundAnswerRejected):
            wire.read_id_token(token, KEYS, SETTINGS, EXPECTED)
    with pytest.raises(wire.UnknownKey):
        wire.read_id_token(signed({"kid": "k9"}), KEYS, SETTINGS, EXPECTED)
    unnamed = jwt.encode({"alg": "ES256"}, CLAIMS, ECKey.import_key(KEY.as_dict(private=True)))
    if '"kid"' not in json.dumps(jwt.decode(unnamed, KEY).header):
        with pytest.raises(OutboundAnswerRejected):
            wire.read_id_token(unnamed, two, SETTINGS, EXPECTED)
        assert wire.read_id_token(unnamed, KEYS, SETTINGS, EXPECTED)


def test_token_is_refused_when_its_algorithm_was_not_agreed() -> None:
    rs_only = UpstreamOidcSettings(
        provider="p",
        issuer=SETTINGS.issuer,
        client_id="city",
        client_secret=Secret("s"),
        ceiling=1,
        algorithms="RS256",
    )
    with pytest.raises(OutboundAnswerRejected):
        wire.read_id_token(signed(), KEYS, rs_only, EXPECTED)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"issuer": "portal"}, "issuer"),
        ({"issuer": "https://h?x"}, "issuer"),
        ({"provider": ""}, "provider"),
        ({"ceiling": 5}, "ceiling"),
        ({"levels": {"a": "9"}}, "levels"),
        ({"scope": "profile"}, "scope"),
        ({"algorithms": "HS256"}, "algorithms"),
        ({"algorithms": "none"}, "algorithms"),
        ({"algorithms": ""}, "algorithms"),
        ({"timeout": 0.0}, "timeout"),
    ],
)
def test_settings_are_refused_when_they_could_not_work(changed: dict[str, Any], field: str) -> None:
    good: dict[str, Any] = {
        "provider": "p",
        "issuer": "https://h",
        "client_id": "c",
        "client_secret": Secret("s"),
        "ceiling": 2,
    }
    with pytest.raises(ValueError, match=field):
        UpstreamOidcSettings(**{**good, **changed})
