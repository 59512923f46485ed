"""Visits to authorities against recorded examples of their wires, byte for byte."""

from dataclasses import replace
from datetime import UTC, date, datetime

from connectors.contract import RedirectStart
from connectors.evidence import IdentityClaim
from connectors.face.adapter import FaceComparison
from connectors.face.settings import FaceSettings
from connectors.immigration_face.adapter import ImmigrationFace
from connectors.immigration_face.settings import ImmigrationFaceSettings
from connectors.network_identity.adapter import NetworkIdentity
from connectors.network_identity.settings import NetworkIdentitySettings
from connectors.outcomes import Outcome
from connectors.settings import Secret
from connectors.visits import Visit
from tests.recorded import Replay

NOW = datetime(2026, 3, 1, 8, 30, 5, tzinfo=UTC)
VISIT = Visit(
    return_to="https://id.city.example/verification/back",
    claim=IdentityClaim(
        document_type="resident_id_card", document_number="350200198803149915", name="陈思远"
    ),
    consent_id="consent-7",
)
STATE = "5" * 32


def test_network_identitys_exchange_is_the_recorded_one_byte_for_byte() -> None:
    replay = Replay("network_identity")
    settings = NetworkIdentitySettings(
        base_url="https://wlsf.example/api",
        page_url="https://wlsf.example/page",
        app_id="city",
        app_secret=Secret("recorded key"),
        sign_type="HMAC-SHA256",
    )
    nonces = iter([STATE, "1" * 32, "2" * 32])
    adapter = NetworkIdentity(settings, replay.client, new_nonce=lambda: next(nonces))

    start = adapter.start(VISIT, now=NOW)
    assert isinstance(start, RedirectStart)
    back = {"authId": "A1", "state": STATE, "credential": "C1"}
    told = adapter.finish(back, kept=start.kept, now=NOW)

    assert replay.asked == replay.requests
    assert start.url == "https://wlsf.example/page?authId=A1"
    assert told.result.outcome is Outcome.MATCH
    assert told.result.provider_reference == "WH000000000001"
    assert told.pseudonym == "0A1B2C3D4E5F60718293A4B5C6D7E8F9"


def test_face_comparisons_exchange_is_the_recorded_one_byte_for_byte() -> None:
    replay = Replay("face")
    settings = FaceSettings(
        base_url="https://rz.example",
        page_url="https://rz.example/capture",
        app_id="city",
        app_secret=Secret("recorded key"),
        sign_type="HMAC-SHA256",
    )
    nonces = iter([STATE, "1" * 32, "2" * 32])
    adapter = FaceComparison(settings, replay.client, new_nonce=lambda: next(nonces))

    start = adapter.start(VISIT, now=NOW)
    assert isinstance(start, RedirectStart)
    told = adapter.finish({"sessionId": "S1", "state": STATE}, kept=start.kept, now=NOW)

    assert replay.asked == replay.requests
    assert told.result.outcome is Outcome.MATCH
    assert (told.score, told.consent_id) == (0.9731, "consent-7")


def test_immigrations_face_exchange_is_the_recorded_one_byte_for_byte() -> None:
    replay = Replay("immigration_face")
    settings = ImmigrationFaceSettings(
        base_url="https://nia.example",
        page_url="https://nia.example/capture",
        app_id="city",
        app_secret=Secret("recorded key"),
        sign_type="HMAC-SHA256",
    )
    nonces = iter([STATE, "1" * 32, "2" * 32])
    adapter = ImmigrationFace(settings, replay.client, new_nonce=lambda: next(nonces))
    claim = IdentityClaim(
        document_type="passport",
        document_number="L898902C3",
        name="Anna Maria Eriksson",
        birth_date=date(1974, 8, 12),
        nationality="UTO",
    )

    start = adapter.start(replace(VISIT, claim=claim), now=NOW)
    assert isinstance(start, RedirectStart)
    told = adapter.finish({"applyNo": "SR1", "state": STATE}, kept=start.kept, now=NOW)

    assert replay.asked == replay.requests
    assert told.result.outcome is Outcome.MATCH
    assert told.result.matched_claims == ("name", "document_number", "face", "birthdate")
    assert (told.score, told.consent_id) == (0.9731, "consent-7")
