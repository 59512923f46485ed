"""Verified claims over the wire: six people, what a client asks, and exactly what it is told."""

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from connectors.sandbox.population import person
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.identifiers import parse_identifier
from tests.spec.assurance import (
    FRAMEWORK,
    IDA,
    MALFORMED,
    NAME,
    NUMBER,
    PEOPLE,
    PROVEN,
    REQUESTS,
    asked,
    only_name,
    with_verification,
)
from tests.spec.conftest import SCOPE
from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty
from tests.spec.wire import Browser

must = pytest.mark.must


@pytest.fixture(scope="module")
def proven(house: HouseUnderTest) -> None:
    """Everybody has proven something, through the rooms that keep it."""
    rooms = house.house.rooms.hall.subjects
    now = house.house.rooms.ground.clock.now()
    for key, how in PROVEN.items():
        somebody = person(key)
        assert somebody.phone is not None
        identifier = parse_identifier(somebody.phone)
        assert identifier is not None
        person_id = rooms.people.find(identifier)
        first = somebody.documents[0]
        document = VerifiedDocument(
            document_type=first.type,
            number=first.number,
            holder_name=somebody.name,
            valid_until=date(2034, 12, 31),
        )
        check = Check(
            method=how.method,
            authority="cn_authority",
            checked_at=now - timedelta(days=how.days),
            device=how.device,
            operator=how.operator,
            circumstances=how.circumstances,
            values=how.values,
            identity_level=how.level,
        )
        rooms.documents.keep(person_id, document, check)


@pytest.fixture(scope="module")
def asker(provider: Provider, proven: None) -> RelyingParty:
    del proven
    return provider.party(scope=SCOPE, subject_type="pairwise")


@pytest.fixture(scope="module")
def browsers(provider: Provider) -> dict[str, Browser]:
    """One for each person, who signs in on the first visit."""
    return {key: provider.browser() for key in PEOPLE}


@pytest.mark.requirement("R3")
@must(
    *("oidc4ida-5.1-1", "oidc4ida-5.5-1", "oidc4ida-5.7-1", "oidc4ida-5.7-3..6"),
    *("oidc4ida-7-1", "oidc4ida-8-1"),
)
@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("key", PEOPLE)
def test_verified_claims_are_exactly_what_was_asked_and_is_true(
    asker: RelyingParty, browsers: dict[str, Browser], key: str, kind: str
) -> None:
    wanted, expected = REQUESTS[kind]
    assert asked(asker, browsers[key], key, wanted) == expected[key]


@pytest.mark.spec(IDA + " §5.5.2", "the maximum time (in seconds) to be allowed to elapse")
@pytest.mark.parametrize("key", PEOPLE)
def test_verified_claims_are_omitted_when_the_check_is_older_than_max_age(
    asker: RelyingParty, browsers: dict[str, Browser], key: str
) -> None:
    a_year = 365 * 86_400
    found = asked(asker, browsers[key], key, with_verification(time={"max_age": a_year}))
    if key == "taiwan":
        assert found is None
    else:
        assert found["verification"].keys() == {"trust_framework", "time"}


@pytest.mark.spec(IDA + " §5.4", "these filters are linked by a logical OR")
@pytest.mark.parametrize("key", PEOPLE)
def test_evidence_is_told_only_of_the_type_that_was_asked_for(
    asker: RelyingParty, browsers: dict[str, Browser], key: str
) -> None:
    entry = {
        "type": {"value": "document"},
        "check_details": [{"check_method": None}],
        "document_details": {"type": None, "date_of_expiry": {"max_age": 0}},
    }
    found = asked(asker, browsers[key], key, with_verification(evidence=[entry]))
    expected = {
        "foreigner": ("passport", ["vcrypt", "pvp"]),
        "permanent_resident": ("permanent_resident_card", ["vcrypt"]),
    }
    if key not in expected:
        assert found is None
        return
    kind, methods = expected[key]
    (evidence,) = found["verification"]["evidence"]
    assert evidence == {
        "type": "document",
        "check_details": [{"check_method": each} for each in methods],
        "document_details": {"type": kind, "date_of_expiry": "2034-12-31"},
    }


def test_evidence_names_the_authority_when_a_record_was_asked(
    asker: RelyingParty, browsers: dict[str, Browser]
) -> None:
    entry = {
        "type": {"value": "electronic_record"},
        "check_details": [{"check_method": {"value": "data"}, "organization": None}],
        "record": {"type": None, "source": {"country_code": None}},
    }
    found = asked(asker, browsers["adult"], "adult", with_verification(evidence=[entry]))
    assert found["verification"]["evidence"] == [
        {
            "type": "electronic_record",
            "check_details": [{"check_method": "data", "organization": "cn_population_library"}],
            "record": {"type": "population_register", "source": {"country_code": "CHN"}},
        }
    ]


@pytest.mark.requirement("R13")
def test_evidence_is_named_differently_to_each_when_clients_are_of_different_sectors(
    asker: RelyingParty, provider: Provider, browsers: dict[str, Browser]
) -> None:
    other = provider.party(
        scope=SCOPE, subject_type="pairwise", redirect_uris=["https://other.example/callback"]
    )
    wanted = with_verification(verification_process=None)
    names = {
        asked(party, browsers["adult"], "adult", wanted)["verification"]["verification_process"]
        for party in (asker, other)
    }
    assert len(names) == 2


@pytest.mark.spec(IDA + " §5.2", "a verified_claims element can be added to … an ID Token")
def test_verified_claims_stand_in_the_id_token_when_asked_there(
    asker: RelyingParty, browsers: dict[str, Browser]
) -> None:
    found = asked(asker, browsers["macau"], "macau", NAME, target="id_token")
    assert found == only_name("macau")


@must("oidc4ida-5.7-2")
@pytest.mark.parametrize(
    ("declined", "remaining"),
    [
        ({"verified_claims/birthdate"}, {"name": "陈思远"}),
        ({"verified_claims/birthdate", "verified_claims/name"}, None),
    ],
    ids=["one claim", "every claim"],
)
def test_claims_are_omitted_when_the_person_did_not_agree(
    provider: Provider,
    browsers: dict[str, Browser],
    declined: set[str],
    remaining: dict[str, str] | None,
) -> None:
    party = provider.party(scope=SCOPE)
    wanted = {
        "verification": {"trust_framework": None},
        "claims": {"name": None, "birthdate": None},
    }
    found = asked(party, browsers["adult"], "adult", wanted, unticks=frozenset(declined))
    assert (found and found["claims"]) == remaining


@pytest.fixture
def tax_office(house: HouseUnderTest, provider: Provider) -> Iterator[RelyingParty]:
    """A client whose registered duty gives it the number, and nothing else without consent."""
    rooms = house.house.rooms.clients
    secret = "tax-office-secret-of-these-tests-43-characters"
    client = rooms.registrar.declare(
        "tax-office",
        {"redirect_uris": [CALLBACK], "client_name": "税务局", "scope": SCOPE},
        {"legal_basis": "statutory_duty", "statutory_claims": ["document_number"]},
        secret=secret,
    )
    rooms.directory.reload()
    yield RelyingParty(
        provider=provider,
        registered={**client.metadata, "client_id": "tax-office", "client_secret": secret},
    )
    rooms.registrar.remove("tax-office")
    rooms.directory.reload()


@pytest.mark.requirement("R13")
def test_document_number_is_told_only_to_a_client_whose_duty_gives_it(
    asker: RelyingParty, tax_office: RelyingParty, browsers: dict[str, Browser]
) -> None:
    told = asked(tax_office, browsers["foreigner"], "foreigner", NUMBER)
    assert told["claims"] == {"name": "ANNA MARIA ERIKSSON", "document_number": "L898902C3"}
    (evidence,) = told["verification"]["evidence"]
    assert evidence["document_details"] == {"type": "passport", "document_number": "L898902C3"}
    untold = asked(asker, browsers["foreigner"], "foreigner", NUMBER)
    assert untold["claims"] == {"name": "ANNA MARIA ERIKSSON"}
    assert "L898902C3" not in json.dumps(untold)


@pytest.mark.spec(IDA + " §5.7.6", "standard OpenID Connect authentication error response logic")
@pytest.mark.parametrize("wanted", MALFORMED.values(), ids=MALFORMED)
def test_request_is_refused_by_name_when_malformed(
    asker: RelyingParty, browsers: dict[str, Browser], wanted: object
) -> None:
    claims = json.dumps({"userinfo": {"verified_claims": wanted}})
    found = asker.begin(browsers["adult"].twin(), claims=claims).location_parameters()
    assert found["error"] == "invalid_request"
    assert "claims" in found["error_description"]


@must("oidc4ida-8-2", "oidc4ida-8-3")
def test_metadata_names_what_can_be_told(provider: Provider) -> None:
    metadata = provider.metadata
    assert metadata["trust_frameworks_supported"] == [FRAMEWORK]
    assert metadata["evidence_supported"] == ["document", "electronic_record"]
    assert "population_register" in metadata["electronic_records_supported"]
    assert "name#zh-Hant" in metadata["claims_in_verified_claims_supported"]
    assert {"resident_id_card", "permanent_resident_card"} <= set(metadata["documents_supported"])
    assert metadata["documents_check_methods_supported"] == ["vcrypt"]
    assert "verified_claims_supported" not in metadata  # of the drafts alone
    assert metadata["claims_parameter_supported"] is True
