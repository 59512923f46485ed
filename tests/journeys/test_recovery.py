"""The phone is lost: the identity proven anew, a new number, a time to object; no dead end."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from idp.foundation.outbox.models import OutboxMessage
from idp.sessions.models import SessionRow
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.links import NewEvidence
from idp.subjects.models import Authenticator, Evidence, Identifier, PhoneChange
from idp.subjects.people import IdentifierTaken
from policies.levels import Level
from tests.city import City
from tests.trail import events
from tests.walker import Walker

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R6")]
NAME, NUMBER = "陈思远", "350200198803149915"
NEW = "+8613700000055"


@pytest.fixture
def proven(city: City, walker: Walker, phone: str) -> UUID:
    """Somebody whose name is proven, signed in with the phone that will be lost."""
    city.clients.add()
    walker.enter(required=Level(ial=2, aal=1), required_is_essential=True)
    walker.sign_in_by_code(phone).prove_name(NAME, NUMBER)
    assert walker.answer == "granted"
    person_id: UUID = city.door.granted.person_id
    return person_id


def recover(walker: Walker, **typed: Any) -> Walker:
    walker.enter(ui_locales=("en",))
    walker.press("action", "recover")
    return walker.press(
        "action", "recover", **{"name": NAME, "document_number": NUMBER, "phone": NEW, **typed}
    )


def is_due(city: City) -> None:
    """A day goes by for the change."""
    PhoneChange.objects.update(due_at=city.clock.now() - timedelta(seconds=1))


def told(city: City) -> list[str]:
    sent: list[str] = []

    def send(_to: str, _language: str, words: str) -> bool:
        sent.append(words)
        return True

    for message in OutboxMessage.objects.filter(kind="security_notice").order_by("id"):
        city.rooms.authenticators.notices.deliver(orjson.loads(message.payload), send)
    return sent


def test_new_number_signs_in_after_the_hold_when_the_identity_was_proven_anew(
    city: City, other_walker: Walker, proven: UUID, phone: str
) -> None:
    recover(other_walker).type_code(NEW)
    assert "Your new number is noted" in other_walker.words
    change = PhoneChange.objects.get()
    assert change.due_at - change.asked_at == timedelta(days=1)
    assert told(city) == ["somebody asked to change the phone number for signing in"]
    assert NEW not in other_walker.html

    other_walker.press("action", "other_account")
    city.store.delete(f"sms:minute:{city.given.index.of('sms.phone', NEW).hex()}")
    other_walker.sign_in_by_code(NEW)
    assert "Your new number is noted" in other_walker.words

    is_due(city)
    other_walker.press("action", "other_account")
    city.store.delete(f"sms:minute:{city.given.index.of('sms.phone', NEW).hex()}")
    other_walker.sign_in_by_code(NEW)
    assert other_walker.answer == "granted"
    assert city.door.granted.person_id == proven
    assert city.rooms.people.identifiers(proven)["phone"][0] == NEW
    assert city.rooms.people.find_or_register(phone, client_id="", now=city.clock.now())[1]
    assert SessionRow.objects.filter(end_reason="phone_changed").count() == 1
    assert told(city)[1:] == ["登录手机号已更换"]
    assert [len(events(f"phone_change.{word}")) for word in ("asked", "done")] == [1, 1]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "Enter your name"),
        ({"document_number": "350200198803149910"}, "mistyped"),
        ({"phone": "12"}, "your new mobile phone"),
    ],
)
def test_person_is_told_what_to_put_right_when_something_is_missing(
    proven: UUID, other_walker: Walker, typed: dict[str, str], words: str
) -> None:
    recover(other_walker, **typed)
    assert words in other_walker.words
    assert not PhoneChange.objects.filter(person_id=proven).exists()


def test_nothing_is_noted_when_the_document_is_in_another_name(
    proven: UUID, other_walker: Walker
) -> None:
    recover(other_walker, name="林晓岚").type_code(NEW)
    assert "does not belong to this account" in other_walker.words
    assert not PhoneChange.objects.filter(person_id=proven).exists()


def test_guessing_names_is_stopped_when_it_goes_on(
    city: City, proven: UUID, other_walker: Walker
) -> None:
    for n in range(5):
        phone = f"+861370000006{n}"
        recover(other_walker, name="林晓岚", phone=phone).type_code(phone)
        other_walker.press("action", "other_account")
    assert not PhoneChange.objects.filter(person_id=proven).exists()
    recover(other_walker).type_code(NEW)
    assert "many attempts for this identity" in other_walker.words
    assert city.door.outcomes


def test_number_stays_with_its_account_when_it_signs_in_another(
    city: City, proven: UUID, other_walker: Walker
) -> None:
    city.resident(NEW)
    recover(other_walker).type_code(NEW)
    assert "signs in another account" in other_walker.words
    assert not PhoneChange.objects.filter(person_id=proven).exists()


def test_nothing_changes_when_the_number_is_the_one_they_have(
    city: City, proven: UUID, other_walker: Walker, phone: str
) -> None:
    city.store.delete(f"sms:minute:{city.given.index.of('sms.phone', phone).hex()}")
    recover(other_walker, phone=phone).type_code(phone)
    assert city.door.granted.person_id == proven


def test_window_is_named_when_the_account_stands_higher_than_this_way_reaches(
    city: City, proven: UUID, other_walker: Walker
) -> None:
    proof = NewEvidence(
        method="network_identity",
        authority="cn_network_identity",
        checked_at=city.clock.now(),
        identity_level=3,
    )
    city.rooms.chain.append(proven, proof)
    assert Evidence.objects.filter(identity_level=3).exists()
    recover(other_walker).type_code(NEW)
    assert "service window" in other_walker.words


def test_change_does_not_happen_when_somebody_registered_the_number_meanwhile(
    city: City, proven: UUID, other_walker: Walker
) -> None:
    recover(other_walker).type_code(NEW)
    is_due(city)
    waiting = city.rooms.phone_changes.of(proven)
    assert waiting is not None
    holder = city.resident(NEW)
    with pytest.raises(IdentifierTaken):
        city.rooms.phone_changes.do(waiting, NEW, now=city.clock.now())
    other_walker.press("action", "other_account")
    city.store.delete(f"sms:minute:{city.given.index.of('sms.phone', NEW).hex()}")
    other_walker.sign_in_by_code(NEW)
    assert city.door.granted.person_id == holder
    assert Identifier.objects.filter(person_id=proven, kind="phone").exists()
    assert PhoneChange.objects.get().state == "waiting"


def test_change_is_stopped_when_the_person_objects(
    city: City, proven: UUID, other_walker: Walker
) -> None:
    recover(other_walker).type_code(NEW)
    changes = city.rooms.phone_changes
    waiting = changes.of(proven)
    assert waiting is not None
    changes.cancel(proven, now=city.clock.now())
    changes.cancel(proven, now=city.clock.now())
    assert changes.of(proven) is None
    assert changes.pending(NEW) is None
    assert not changes.do(waiting, NEW, now=city.clock.now() + timedelta(days=2))
    assert len(events("phone_change.cancelled")) == 1


def test_holder_of_a_dormant_phone_signs_in_when_name_and_number_are_the_accounts(
    city: City, proven: UUID, other_walker: Walker, phone: str
) -> None:
    long_ago = city.clock.now() - timedelta(days=91)
    Authenticator.objects.filter(kind="sms").update(last_used_at=long_ago)
    city.store.delete(f"sms:minute:{city.given.index.of('sms.phone', phone).hex()}")
    other_walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    other_walker.press("method", "identity")
    for name in ("林晓岚", "林晓岚", "林晓岚"):
        other_walker.press("action", "sign_in", name=name, document_number=NUMBER)
        assert "does not belong to this account" in other_walker.words
    other_walker.press("action", "sign_in", name=NAME, document_number=NUMBER)
    assert "wait" in other_walker.words
    city.store.delete(f"password:wait:{proven}:sms")
    other_walker.press("action", "sign_in", name=NAME, document_number=NUMBER)
    assert city.door.granted.person_id == proven
    assert city.door.granted.amr == ("sms",)


FROM_ELSEWHERE = {
    "travel_permit_hm": ("H12345678", "陈大文", {"document_number": "h 1234 5678"}),
    "passport": ("L898902C3", "ANNA MARIA ERIKSSON", {"name": "Eriksson Anna Maria"}),
    "permanent_resident_card": (
        "911398199012310021",
        "ANNA MARIA ERIKSSON",
        {"name": "Anna Maria Eriksson", "document_number": "911398 19901231 0021"},
    ),
}


@pytest.mark.parametrize("kind", FROM_ELSEWHERE)
@pytest.mark.requirement("R3")
def test_number_is_replaced_when_the_document_is_of_somebody_from_elsewhere(
    city: City, other_walker: Walker, phone: str, kind: str
) -> None:
    city.clients.add()
    person_id = city.resident(phone)
    number, name, typed = FROM_ELSEWHERE[kind]
    document = VerifiedDocument(document_type=kind, number=number, holder_name=name)
    check = Check(method="immigration", authority="nia", checked_at=city.clock.now())
    city.rooms.documents.keep(person_id, document, check)
    recover(other_walker, **{"name": name, "document_number": number, **typed}).type_code(NEW)
    assert city.rooms.phone_changes.of(person_id) is not None
    assert "new number is noted" in other_walker.words


def test_number_is_asked_for_again_when_it_is_of_no_document(
    city: City, proven: UUID, other_walker: Walker
) -> None:
    before = city.codes_for(NEW)
    recover(other_walker, document_number="no number at all")
    assert "document_number" in other_walker.form.fields
    assert city.codes_for(NEW) == before
    assert city.rooms.phone_changes.of(proven) is None


def test_new_number_signs_in_when_its_former_holder_left_it_unused(
    city: City, proven: UUID, other_walker: Walker
) -> None:
    former = city.resident(NEW)
    long_ago = city.clock.now() - timedelta(days=91)
    Authenticator.objects.filter(kind="sms", person_id=former).update(last_used_at=long_ago)
    recover(other_walker).type_code(NEW)
    is_due(city)
    other_walker.press("action", "other_account")
    city.store.delete(f"sms:minute:{city.given.index.of('sms.phone', NEW).hex()}")
    other_walker.sign_in_by_code(NEW)
    assert city.door.granted.person_id == proven
    assert city.rooms.people.standing(former, now=city.clock.now()).phone == ""
