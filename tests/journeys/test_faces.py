"""A face is compared at the authority's camera page: agreed to first, and never the only way."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django.fixtures import Settings

from connectors.sandbox.population import person
from connectors.sandbox.server import SandboxServer
from idp.foundation.storage import ValkeyStore
from idp.sessions.models import SessionRow
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.models import Evidence, PurposeConsent
from idp.subjects.purpose_consents import FACE, FACE_NOTICE, PurposeConsents
from policies.levels import Level
from tests.before_camera import before_the_camera
from tests.city import Asked, City, built_city
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = [pytest.mark.requirement("R6"), pytest.mark.requirement("R1")]
IAL3 = Level(ial=3, aal=1)
NEWCOMER = ("何晨", "350200199909099914")
CHILD = ("周小满", "350200201506019916")


@pytest.fixture
def city(
    transactional_db: None, store: ValkeyStore, local_sandbox: SandboxServer, settings: Settings
) -> Iterator[City]:
    """A city that has faces compared, and knows the network identity beside it."""
    del transactional_db
    asked = Asked(visits=("face", "immigration_face", "network_identity"))
    with built_city(store, local_sandbox, asked=asked) as built:
        settings.ROOT_URLCONF = built
        yield built
        built.mend()


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody whose name is proven, and whose face is asked for next."""

    walker: Walker

    def before_the_camera(self, who: str) -> Walker:
        """Agree, go to the authority's page, look into its camera, come back."""
        self.walker.press("action", "agree")
        before_the_camera(self.walker, who)
        return self.walker


@pytest.fixture
def someone(city: City, walker: Walker, phone: str) -> Person:
    city.clients.add(minimum_level=IAL3)
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    if walker.step == "verification" and "name" not in walker.form.fields:
        walker.press("method", "particulars")
    return Person(walker=walker)


@pytest.mark.requirement("R3")
def test_name_and_number_come_first_when_nobody_need_have_prepared_for_what_follows(
    city: City, walker: Walker, phone: str
) -> None:
    """A face is compared once a document is known: until then it is no way, but leads on."""
    city.clients.add(minimum_level=IAL3)
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    assert "name" in walker.form.fields
    assert ("method", "network_identity") in walker.form.buttons
    assert ("method", "face") not in walker.form.buttons


def test_face_raises_the_level_when_it_was_agreed_to_and_is_theirs(
    city: City, someone: Person
) -> None:
    walker = someone.walker.prove_name(*NEWCOMER)
    assert "Show your face" in walker.words
    assert "No picture passes through us" in walker.words
    assert ("method", "network_identity") in walker.form.buttons
    assert not PurposeConsent.objects.exists()

    someone.before_the_camera("newcomer")

    assert walker.answer == "granted"
    assert city.door.granted.level.ial == 3
    consent = PurposeConsent.objects.get()
    assert (consent.purpose, consent.notice_version) == (FACE, FACE_NOTICE)
    (given,) = events("purpose_consent.given")
    assert detail(given)["notice_version"] == FACE_NOTICE
    assert given.subject == str(city.door.granted.person_id)
    evidence = Evidence.objects.get(method="face_comparison")
    assert evidence.circumstances == ["authority_photo", "liveness"]
    assert city.rooms.chain.values_of(evidence)["face_score"] == "0.9731"


def test_nothing_is_opened_when_nobody_agreed(city: City, someone: Person) -> None:
    walker = someone.walker.prove_name(*NEWCOMER)
    walker.press("method", "network_identity")
    assert "Show your face" not in walker.words
    walker.press("method", "face")
    assert "Show your face" in walker.words
    assert not PurposeConsent.objects.exists()
    del city


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("adult_2", "do not seem to belong"),
        ("photograph", "could not decide by your face"),
        ("blurred", "could not see your face"),
    ],
)
def test_level_stays_when_the_face_does_not_do(who: str, words: str, someone: Person) -> None:
    someone.walker.prove_name(*NEWCOMER)
    walker = someone.before_the_camera(who)
    assert walker.step == "verification"
    assert not walker.left_to
    assert ("method", "network_identity") in walker.form.buttons
    assert not Evidence.objects.filter(method="face_comparison").exists()
    assert "in the app" not in walker.words
    assert words in walker.words
    someone.before_the_camera("newcomer")
    assert walker.answer == "granted"


def test_child_is_sent_to_a_window_when_a_guardian_has_to_agree(someone: Person) -> None:
    walker = someone.walker.prove_name(*CHILD)
    assert "a guardian agrees" in walker.words
    assert ("action", "agree") not in walker.form.buttons
    assert "service window" in walker.words
    walker.form.buttons.append(("action", "agree"))
    walker.press("action", "agree")
    assert "a guardian agrees" in walker.words
    assert not PurposeConsent.objects.exists()
    walker.form.buttons.append(("action", "check"))
    assert "a guardian agrees" in walker.press("action", "check").words


@pytest.mark.requirement("R3")
@pytest.mark.parametrize("key", ["hongkong", "taiwan", "overseas_chinese", "foreigner"])
def test_holder_of_a_travel_document_reaches_level_three_when_the_face_is_theirs(
    key: str, city: City, someone: Person
) -> None:
    traveller, walker = person(key), someone.walker
    document = traveller.documents[0]
    walker.press("document", document.type)
    walker.press(
        "action",
        "verify",
        name=traveller.name,
        document_number=document.number,
        birth_date=document.details["birth_date"],
    )
    assert "the National Immigration Administration" in walker.words
    assert ("method", "network_identity") in walker.form.buttons

    someone.before_the_camera(key)

    assert walker.answer == "granted"
    assert city.door.granted.level.ial == 3
    by_name, by_face = Evidence.objects.filter(method="immigration").order_by("identity_level")
    assert (by_name.identity_level, by_face.identity_level) == (2, 3)
    assert by_face.supersedes_id is None
    assert by_face.circumstances == ["authority_photo", "liveness"]
    assert city.rooms.chain.values_of(by_face)["birthdate"] == document.details["birth_date"]


def test_child_with_a_passport_is_sent_to_a_window_when_a_face_is_asked_for(
    city: City, someone: Person
) -> None:
    traveller, walker = person("foreigner"), someone.walker
    passport = traveller.documents[0]
    walker.press("document", passport.type)
    born = city.clock.now().date().replace(day=1)
    check = Check(
        method="immigration",
        authority="cn_national_immigration_administration",
        checked_at=city.clock.now(),
        values={"birthdate": born.replace(year=born.year - 9).isoformat()},
        identity_level=2,
    )
    verified = VerifiedDocument(
        document_type=passport.type, number=passport.number, holder_name=traveller.name
    )
    (session,) = SessionRow.objects.all()
    city.rooms.documents.keep(session.person_id, verified, check)
    walker.enter(ui_locales=("en",))
    assert "a guardian agrees" in walker.words


def test_consent_ends_when_it_is_taken_back(city: City, someone: Person) -> None:
    someone.walker.prove_name(*NEWCOMER)
    someone.before_the_camera("newcomer")
    person_id, now = city.door.granted.person_id, city.clock.now()
    consents = PurposeConsents(clock=city.clock)
    assert consents.is_given(person_id, FACE, notice_version=FACE_NOTICE)
    assert not consents.is_given(person_id, FACE, notice_version="older")

    assert consents.withdraw(person_id, FACE, now=now)

    assert not consents.is_given(person_id, FACE, notice_version=FACE_NOTICE)
    assert not consents.withdraw(person_id, FACE, now=now)
    assert len(events("purpose_consent.withdrawn")) == 1
