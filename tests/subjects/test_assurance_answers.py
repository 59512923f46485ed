"""Corners of answering a request for verified claims, without a database."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from connectors.documents.document import DocumentNumber
from idp.protocols.oidc.discovery.assurance import assurance_metadata
from idp.subjects.assurance.answer import Allowed, answer
from idp.subjects.assurance.records import Checked, Record, names_by_language
from idp.subjects.assurance.request import MAX_ELEMENTS, read_request
from idp.subjects.assurance.vocabulary import CONSENT_NAMES
from idp.subjects.level_rules import VOUCHING, Condition, vouching_of
from idp.subjects.models import Document, Evidence

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
EVERYTHING = Allowed(names=frozenset(CONSENT_NAMES), lawful=frozenset({"document_number"}))
CLAIMS = {"name": "张三", "birthdate": "1990-01-01", "document_number": "12345"}


def record(method: str = "card_reader", *, documented: bool = True, **changes: Any) -> Record:
    document = Document(document_type="resident_id_card", valid_until=date(2030, 1, 1))
    row = Evidence(
        id=UUID(int=1), method=method, authority="somebody", checked_at=NOW, circumstances=[]
    )
    values: dict[str, Any] = {
        "level": 2,
        "time": NOW - timedelta(days=1),
        "reference": UUID(int=1),
        "document": document if documented else None,
        "number": DocumentNumber(number="12345"),
        "claims": CLAIMS,
        "checks": (Checked(row=row, vouching=VOUCHING[method], is_attended=False),),
    }
    return Record(**{**values, **changes})


def ask(
    verification: Mapping[str, Any],
    claims: Mapping[str, Any] | None = None,
    *,
    allowed: Allowed = EVERYTHING,
    records: tuple[Record, ...] | None = None,
) -> Any:
    request = read_request(
        {"verification": verification, "claims": {"name": None} if claims is None else claims}
    )
    return answer(records or (record(),), request, allowed, now=NOW)


def document(**members: Any) -> dict[str, Any]:
    return {"evidence": [{"type": {"value": "document"}, **members}]}


MET: dict[str, tuple[dict[str, Any], bool]] = {
    "nothing but claims": ({}, True),
    "an unknown part": ({"assurance_process": {"policy": None}}, True),
    "an unknown part of some value": ({"assurance_process": {"policy": {"value": "x"}}}, False),
    "an unknown list": ({"attachments": [{"desc": None}]}, True),
    "an unknown list of some value": ({"attachments": [{"desc": {"value": "x"}}]}, False),
    "parts of what has none": ({"time": {"year": None}}, False),
    "a time that is new enough": ({"time": {"max_age": 86_400}}, True),
    "a time that is too old": ({"time": {"max_age": 86_399}}, False),
    "an age of what has no date": ({"trust_framework": {"max_age": 5}}, False),
    "a document that has not ended": (
        document(document_details={"date_of_expiry": {"max_age": 0}}),
        True,
    ),
    "a document of that number": (
        document(document_details={"document_number": {"value": "12345"}}),
        True,
    ),
    "a document of another number": (
        document(document_details={"document_number": {"value": "1"}}),
        False,
    ),
    "a document, as a whole": (document(document_details=None), True),
    "a document's checks, as they are": (document(check_details=None), True),
    "a document's checks, as one": (document(check_details={"check_method": None}), True),
    "a document checked otherwise": (
        document(check_details=[{"check_method": {"value": "data"}}]),
        False,
    ),
    "a document checked one way or another": (
        document(
            check_details=[
                {"check_method": {"value": "data"}},
                {"check_method": {"value": "vcrypt"}},
            ]
        ),
        True,
    ),
}


@pytest.mark.parametrize(("verification", "is_met"), MET.values(), ids=MET)
def test_answer_is_given_only_when_verification_meets(
    verification: dict[str, Any], *, is_met: bool
) -> None:
    assert (ask(verification) is not None) is is_met


def test_number_is_never_told_when_the_whole_document_is_asked_for() -> None:
    (entry,) = ask(document(document_details=None))["verification"]["evidence"]
    assert entry == {"type": "document", "document_details": {"type": "resident_id_card"}}


@pytest.mark.parametrize(
    ("leaf", "is_met"),
    [
        ({"max_age": 0}, False),
        ({"max_age": 10**10}, True),
        ({"value": "1990-01-01", "values": ["1990-01-01"]}, True),
        ({"values": ["1990-01-02"]}, False),
    ],
    ids=str,
)
def test_claim_is_left_out_when_its_constraint_is_unmet(
    leaf: dict[str, Any], *, is_met: bool
) -> None:
    found = ask({}, {"name": None, "birthdate": leaf})["claims"]
    assert ("birthdate" in found) is is_met


@pytest.mark.parametrize("text", ["张三", "1990-13-99", "2026-01-01T00:00:00"], ids=str)
def test_claim_is_left_out_when_its_age_cannot_be_told(text: str) -> None:
    found = ask(
        {},
        {"name": None, "birthdate": {"max_age": 10**10}},
        records=(record(claims={"name": "张三", "birthdate": text}),),
    )
    assert found["claims"] == {"name": "张三"}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"check_details": [{"check_method": None}]}, {"trust_framework": "cn_city_real_name"}),
        ({"check_details": [{"check_method": {"value": "vcrypt"}}]}, None),
    ],
    ids=["plain", "constrained"],
)
def test_evidence_is_kept_back_when_nobody_agreed_to_it(
    members: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    agreed = Allowed(names=frozenset({"verified_claims/name"}))
    found = ask(document(**members), allowed=agreed)
    assert (found and found["verification"]) == expected


def test_level_alone_is_told_when_no_claim_is_asked_and_the_person_agrees() -> None:
    asked = {"assurance_level": None}
    found = ask(asked, {})
    assert found["claims"] == {}
    assert found["verification"]["assurance_level"] == "ial2"
    assert ask(asked, {}, allowed=Allowed(names=frozenset())) is None


def test_most_is_given_when_several_records_meet() -> None:
    poor = record(level=3, claims={"name": "张三"})
    rich = record(level=2)
    wanted = {"name": None, "birthdate": None}
    assert ask({"assurance_level": None}, wanted, records=(poor, rich))["verification"] == {
        "trust_framework": "cn_city_real_name",
        "assurance_level": "ial2",
    }


def test_statutory_claim_is_kept_back_when_no_law_gives_it() -> None:
    agreed = Allowed(names=frozenset(CONSENT_NAMES))
    assert ask({}, {"document_number": None}, allowed=agreed) is None
    assert ask({}, {"document_number": None})["claims"] == {"document_number": "12345"}


def test_record_is_told_when_there_is_no_document() -> None:
    entry = {"type": {"value": "electronic_record"}, "record": {"type": None}}
    found = ask({"evidence": [entry]}, records=(record("network_identity", documented=False),))
    (evidence,) = found["verification"]["evidence"]
    assert evidence["record"] == {"type": "network_identity"}


def test_consent_is_asked_for_the_sum_when_several_sets_are_wanted() -> None:
    number = {"type": {"value": "document"}, "document_details": {"document_number": None}}
    plain = {"verification": {"trust_framework": None}, "claims": {"name": None}}
    essential = {
        "verification": {"evidence": [number]},
        "claims": {"name": {"essential": True}, "unheard_of": None},
    }
    request = read_request([plain, essential, {"verification": {}, "claims": {}}])
    assert request.consent_names == {
        "verified_claims/name": True,
        "verified_claims/evidence": False,
        "verified_claims/document_number": False,
        "verified_claims/assurance_level": False,
    }
    assert len(read_request([plain] * MAX_ELEMENTS).elements) == MAX_ELEMENTS


@pytest.mark.parametrize(
    ("name", "document_type", "expected"),
    [
        ("", "passport", {}),
        ("张三", "resident_id_card", {"name": "张三", "name#zh-Hans": "张三"}),
        ("張三", "travel_permit_tw", {"name": "張三", "name#zh-Hant": "張三"}),
        ("Zhang San", "travel_permit_hm", {"name": "Zhang San", "name#en": "Zhang San"}),
    ],
    ids=str,
)
def test_name_carries_the_tag_of_its_script(
    name: str, document_type: str, expected: dict[str, str]
) -> None:
    assert names_by_language(name, document_type) == expected


def test_metadata_name_documents_when_chips_are_read() -> None:
    methods = frozenset({"sms_code", "card_reader", "immigration"})
    found = assurance_metadata(methods, aal=2, collected=frozenset(Condition))
    assert found["evidence_supported"] == ["document", "electronic_record"]
    assert "passport" in found["documents_supported"]
    assert found["documents_check_methods_supported"] == ["pvp", "vcrypt"]
    assert found["acr_values_supported"][-1] == "urn:tongxing:acr:ial4:aal2"
    bare = assurance_metadata(frozenset({"sms_code"}), aal=2)
    assert "evidence_supported" not in bare
    assert bare["acr_values_supported"][-1] == "urn:tongxing:acr:ial1:aal2"


def test_phone_is_no_evidence_of_a_document() -> None:
    assert vouching_of("sms_code", frozenset()) is None
