"""A document's life: renewed under its number, replaced by another, or kept beside it."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from idp.subjects.documents import (
    Check,
    DocumentHeldByAnother,
    NotTied,
    PersonHoldsAnother,
    SupplementaryAlone,
    VerifiedDocument,
)
from idp.subjects.models import Document, Evidence
from tests.city import City
from tests.trail import events

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R5")]
HM, TW = "travel_permit_hm", "travel_permit_tw"
PASSPORT, CHINESE = "passport", "cn_passport"
CARD = "permanent_resident_card"


def keep(
    city: City,
    person_id: UUID,
    document_type: str,
    number: str,
    *,
    issuer: str = "",
    issue_count: str = "",
    valid_until: date | None = None,
) -> Document:
    document = VerifiedDocument(
        document_type=document_type,
        number=number,
        holder_name="LEUNG KA YAN",
        issuer=issuer,
        issue_count=issue_count,
        valid_until=valid_until,
    )
    check = Check(
        method="immigration_administration",
        authority="cn_immigration_administration",
        checked_at=city.clock.now(),
        identity_level=2,
        values={"birthdate": "1990-12-31"},
    )
    evidence_id = city.rooms.documents.keep(person_id, document, check)
    kept = Evidence.objects.select_related("document").get(id=evidence_id).document
    assert kept is not None
    return kept


def states(person_id: UUID) -> list[str]:
    return [
        row.state for row in Document.objects.filter(person_id=person_id).order_by("created_at")
    ]


def test_permit_goes_on_under_its_number_when_a_new_card_bears_a_new_count(
    city: City, phone: str
) -> None:
    person_id = city.resident(phone)
    first = keep(city, person_id, HM, "H12345678", issue_count="01", valid_until=date(2027, 1, 1))
    second = keep(city, person_id, HM, "H12345678", issue_count="02", valid_until=date(2037, 1, 1))

    assert first.id == second.id
    assert (second.issue_count, second.valid_until) == ("02", date(2037, 1, 1))
    (past,) = city.rooms.documents.history(person_id)
    assert (past.masked_number, past.issue_count) == ("H1*****78", "01")
    assert past.valid_until == date(2027, 1, 1)
    assert Document.objects.get(state="replaced").replaced_by_id == first.id


def test_permit_stays_as_it_is_when_an_authority_tells_nothing_new(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    keep(city, person_id, TW, "12345678")
    keep(city, person_id, TW, "12345678", issue_count="02", valid_until=date(2030, 1, 1))
    row = keep(city, person_id, TW, "12345678")

    assert (row.issue_count, row.valid_until) == ("02", date(2030, 1, 1))
    assert states(person_id) == ["live"]
    assert city.rooms.documents.history(person_id) == ()


def test_chinese_passport_replaces_the_former_when_its_number_changed(
    city: City, phone: str
) -> None:
    person_id = city.resident(phone)
    old = keep(city, person_id, CHINESE, "G12345678", valid_until=date(2028, 5, 1))
    new = keep(city, person_id, CHINESE, "EA1234567", valid_until=date(2036, 5, 1))

    old.refresh_from_db()
    assert (old.state, old.replaced_by_id, new.state) == ("replaced", new.id, "live")
    assert old.replaced_at is not None
    assert (old.version, new.version) == ("1997", "2017")
    live = Document.objects.filter(person_id=person_id, state="live")
    assert [row.id for row in live] == [new.id]
    assert [past.masked_number for past in city.rooms.documents.history(person_id)] == ["G1*****78"]


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        (("911398199012310021", ""), ("KAZ110090123105", ""), ["live", "live"]),
        (("911398199012310021", ""), ("911398199012310048", ""), ["replaced", "live"]),
    ],
    ids=["two versions", "one version"],
)
def test_permanent_resident_cards_stand_side_by_side_when_their_versions_differ(
    city: City, phone: str, earlier: tuple[str, str], later: tuple[str, str], expected: list[str]
) -> None:
    person_id = city.resident(phone)
    for number, _ in (earlier, later):
        keep(city, person_id, CARD, number)

    assert sorted(states(person_id), reverse=True) == expected


def test_two_passports_of_one_country_are_both_kept_until_the_older_is_over(
    city: City, phone: str
) -> None:
    person_id, today = city.resident(phone), city.clock.now().date()
    tomorrow, yesterday = today + timedelta(1), today - timedelta(1)
    keep(city, person_id, PASSPORT, "123456789", issuer="USA", valid_until=tomorrow)
    over = keep(city, person_id, PASSPORT, "123456780", issuer="USA", valid_until=yesterday)
    keep(city, person_id, PASSPORT, "123456789", issuer="GBR", valid_until=yesterday)
    keep(city, person_id, PASSPORT, "123456781", issuer="USA")

    over.refresh_from_db()
    assert over.state == "replaced"
    assert Document.objects.filter(person_id=person_id, state="live").count() == 3


def test_passport_has_one_holder_when_its_country_is_the_same(city: City, phone: str) -> None:
    american, briton = city.resident(phone), city.resident("+8613700000001")
    keep(city, american, PASSPORT, "123456789", issuer="USA")
    keep(city, briton, PASSPORT, "123456789", issuer="GBR")

    with pytest.raises(DocumentHeldByAnother):
        keep(city, briton, PASSPORT, "123456789", issuer="USA")


def test_second_number_is_refused_when_the_type_is_kept_for_life(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    keep(city, person_id, HM, "H12345678")

    with pytest.raises(PersonHoldsAnother):
        keep(city, person_id, HM, "H12345679")


def test_second_document_is_refused_when_nothing_ties_it_to_the_first(
    city: City, phone: str
) -> None:
    person_id = city.resident(phone)
    keep(city, person_id, HM, "H12345678")
    with pytest.raises(NotTied):
        keep(city, person_id, TW, "12345678")
    assert states(person_id) == ["live"]
    (refused,) = events("document.not_tied")
    assert (refused.subject, refused.outcome) == (str(person_id), "refused")


def test_supplementary_card_is_refused_when_it_bears_another_name(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    keep(city, person_id, HM, "H12345678")
    card = VerifiedDocument(document_type="hkid", number="A1234563", holder_name="CHAN TAI MAN")
    check = Check(
        method="immigration_administration",
        authority="cn_immigration_administration",
        checked_at=city.clock.now(),
        identity_level=2,
    )
    with pytest.raises(NotTied):
        city.rooms.documents.keep(person_id, card, check)


def test_supplementary_card_is_kept_when_an_identity_document_stands_beside_it(
    city: City, phone: str
) -> None:
    person_id = city.resident(phone)
    with pytest.raises(SupplementaryAlone):
        keep(city, person_id, "hkid", "A1234563")
    keep(city, person_id, HM, "H12345678")

    assert keep(city, person_id, "hkid", "A1234563").document_type == "hkid"


def test_document_of_a_retired_type_is_kept_when_no_table_knows_it(city: City, phone: str) -> None:
    person_id = city.resident(phone)

    row = keep(city, person_id, "seaman_book", "12345")

    assert (row.issuer, row.version, row.issue_count) == ("", "", "")
