"""The made-up population is well made: valid by the rules, real for nobody."""

from datetime import date

import phonenumbers
import pytest

from connectors.check_digits import luhn_is_right
from connectors.documents.organization import parse_uscc
from connectors.documents.registry import DOCUMENT_TYPES
from connectors.outcomes import Outcome
from connectors.sandbox.population import (
    SandboxPerson,
    is_of_the_crowd,
    organizations,
    people,
    person,
    public_form,
    registered_organizations,
)

EVERYONE = [pytest.param(someone, id=someone.key) for someone in people()]
# Published specimens; every other mainland number must bear a region code that no card bears.
SPECIMENS = {"810000199408230021", "820000199001010010", "830000199201300022"}
SPECIMENS |= {"911398199012310021", "KAZ110090123105", "L898902C3", "D23145890"}


@pytest.mark.requirement("R3")
def test_every_persona_is_there_when_the_contract_names_them() -> None:
    keys = [someone.key for someone in people()]

    assert len(keys) == len(set(keys))
    assert set(keys) >= {
        "adult", "adult_2", "elder", "minor", "guardian", "hongkong", "macau", "taiwan",
        "overseas_chinese", "foreigner", "permanent_resident", "legal_representative", "agent",
        "mismatch", "not_found", "authority_down",
        "newcomer", "newcomer_2", "newcomer_3", "newcomer_4", "newcomer_5",
    }  # fmt: skip


@pytest.mark.parametrize("someone", EVERYONE)
def test_documents_are_valid_and_nobodys_when_they_are_listed(someone: SandboxPerson) -> None:
    assert someone.documents
    for document in someone.documents:
        read = DOCUMENT_TYPES[document.type].parse(document.number)
        assert read.number == document.number
        if document.type == "resident_id_card":
            assert document.number.startswith("350200")
            assert document.number[14:16] == "99"
        elif document.type in {"residence_permit_hmt", "permanent_resident_card", "passport"}:
            assert document.number in SPECIMENS
        if read.birth_date and "birth_date" in document.details:
            assert document.details["birth_date"] == read.birth_date.isoformat()


@pytest.mark.parametrize("someone", EVERYONE)
def test_phone_is_valid_and_their_own_when_they_have_one(someone: SandboxPerson) -> None:
    if someone.phone is None:
        return
    assert phonenumbers.is_valid_number(phonenumbers.parse(someone.phone))
    assert [other.key for other in people() if other.phone == someone.phone] == [someone.key]


@pytest.mark.parametrize("someone", EVERYONE)
def test_login_is_strong_and_their_own_when_they_have_one(someone: SandboxPerson) -> None:
    if someone.login is None:
        return
    assert someone.phone == f"+86{someone.login.identifier}"
    assert len(someone.login.password) >= 12


def test_ages_are_as_the_keys_say_when_years_are_counted() -> None:
    def born(key: str) -> date:
        read = DOCUMENT_TYPES["resident_id_card"].parse(person(key).documents[0].number)
        assert read.birth_date is not None
        return read.birth_date

    assert born("elder").year < 1960
    assert born("minor").year > 2012
    assert born("adult").year < 2000
    assert person("minor").guardian == "guardian"
    assert person("guardian").login is not None


def test_people_of_both_documents_have_both_when_they_are_listed() -> None:
    assert {entry.type for entry in person("hongkong").documents} == {
        "travel_permit_hm",
        "residence_permit_hmt",
    }
    versions = {entry.details["version"] for entry in person("permanent_resident").documents}
    assert versions == {"2017", "2023"}


@pytest.mark.requirement("R11")
def test_companies_are_represented_when_they_are_listed() -> None:
    assert len(organizations()) == 2
    for company in organizations():
        assert person(company.legal_representative).key == "legal_representative"
        for agent in company.agents:
            assert person(agent)


def test_public_form_is_the_contracts_when_people_are_shown() -> None:
    shown = public_form(person("newcomer"))

    assert list(shown) == [
        *("key", "name", "documents", "phone", "login", "outcomes"),
        "bank_card",
    ]
    assert shown["login"] is None
    assert shown["outcomes"] == dict.fromkeys(
        ("population_two_factor", "mobile_three_factor", "bank_card_four_factor", "ctid"),
        Outcome.MATCH.value,
    )
    assert public_form(person("adult"))["login"]


@pytest.mark.parametrize("someone", EVERYONE)
def test_bank_card_is_well_made_and_nobodys_when_they_have_one(someone: SandboxPerson) -> None:
    if someone.bank_card is None:
        return
    assert luhn_is_right(someone.bank_card)
    assert someone.bank_card.startswith("6299")
    assert [each.key for each in people() if each.bank_card == someone.bank_card] == [someone.key]


@pytest.mark.requirement("R11")
def test_codes_are_valid_when_organizations_are_registered() -> None:
    for company in registered_organizations():
        assert parse_uscc(company.uscc).number == company.uscc
        assert person(company.legal_representative)


def test_person_is_refused_when_the_key_is_unknown() -> None:
    with pytest.raises(KeyError):
        person("nobody")


def test_nobody_listed_is_of_the_crowd_when_numbers_are_made_up_for_load_tests() -> None:
    listed = {each.number for someone in people() for each in someone.documents}
    assert not any(map(is_of_the_crowd, listed))
    assert is_of_the_crowd("350200193002280005")
