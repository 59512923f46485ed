"""A child under 14 uses a service once a guardian agreed, from a sign-in of their own."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from idp.foundation.outbox import forget_delivered
from idp.foundation.outbox.models import OutboxMessage
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.guardianship import Bond, GuardianRefused, Guardianships
from idp.subjects.level_rules import Condition
from idp.subjects.models import Document, Evidence, GuardianConsent, Guardianship, Minor
from idp.subjects.statuses import Actor, ActorKind
from tests.spec.conftest import SCOPE
from tests.spec.house import HouseUnderTest
from tests.spec.pages import Conduct, Person, forms, step_form, submit
from tests.spec.relying_party import Provider, RelyingParty, returned
from tests.spec.wire import Answer, Browser
from tests.trail import detail, events

pytestmark = pytest.mark.requirement("R13")
OPERATOR = Actor(kind=ActorKind.OPERATOR, id="op-7")
CHILD, GUARDIAN = "350200201506019035", "350200198506159025"
PASSWORD = "Bailu-family-4801"
FOURTEEN = datetime(2029, 5, 31, 16, tzinfo=UTC)
"""The first instant of June 1, 2029, in Asia/Shanghai."""


@dataclass(slots=True, kw_only=True)
class Relative:
    person_id: UUID
    conduct: Conduct
    browser: Browser


@dataclass(slots=True, kw_only=True)
class Family:
    house: HouseUnderTest
    guardianships: Guardianships
    child: Relative
    guardian: Relative

    def bond(self, **changes: object) -> Bond:
        values = {
            "ward": self.child.person_id,
            "guardian": self.guardian.person_id,
            "relation": "mother",
            "by": OPERATOR,
            "reference": "household-2026-31",
        }
        return Bond(**{**values, **changes})  # type: ignore[arg-type]  # a table of them

    def link(self) -> UUID:
        return self.guardianships.link(self.bond(), now=self.now())

    def now(self) -> datetime:
        return self.house.house.rooms.ground.clock.now()


def proven(house: HouseUnderTest, browser: Browser, number: str, level: int) -> Relative:
    rooms = house.house.rooms
    subjects, now = rooms.hall.subjects, rooms.ground.clock.now()
    phone = f"+86137{secrets.randbelow(10**8):08d}"
    person_id, _ = subjects.people.find_or_register(phone, client_id="", now=now)
    subjects.people.set_password(person_id, PASSWORD, now=now)
    seen = frozenset({Condition.LIVENESS, Condition.AUTHORITY_PHOTO})
    check = Check(
        method="ctid" if level > 2 else "population_two_factor",
        authority="cn_ctid",
        checked_at=now,
        circumstances=seen if level > 2 else frozenset(),
        identity_level=level,
    )
    document = VerifiedDocument(
        document_type="resident_id_card", number=number, holder_name="周小满"
    )
    subjects.documents.keep(person_id, document, check)
    who = Person(identifier=phone, password=PASSWORD)
    conduct = Conduct(person=who, presses={"consent": ("decision", "allow")})
    return Relative(person_id=person_id, conduct=conduct, browser=browser)


@pytest.fixture
def family(house: HouseUnderTest, provider: Provider) -> Iterator[Family]:
    child = proven(house, provider.browser(), CHILD, 2)
    guardian = proven(house, provider.browser(), GUARDIAN, 3)
    yield Family(
        house=house,
        guardianships=house.house.rooms.hall.subjects.guardianships,
        child=child,
        guardian=guardian,
    )
    people = [child.person_id, guardian.person_id]
    Guardianship.objects.filter(ward_id__in=people).update(state=Guardianship.State.ENDED)
    Document.objects.filter(person_id__in=people).update(state=Document.State.REVOKED)
    OutboxMessage.objects.filter(kind="security_notice").delete()
    forget_delivered(house.house.rooms.ground.clock.now())


@pytest.fixture
def service(provider: Provider) -> RelyingParty:
    return provider.party(scope=SCOPE, client_name="少年宫")


def signing_in(family: Family, service: RelyingParty) -> Answer:
    """The child signs in at the service; the page they come to."""
    child = family.child
    page = child.browser.follow(service.begin(child.browser))
    form = step_form(page)
    assert form is not None
    page = submit(child.browser, form, child.conduct.typed(form), press=("action", "sign_in"))
    return child.browser.follow(page)


def pressed(family: Family, page: Answer, action: str) -> Answer:
    form = step_form(page)
    assert form is not None, page.text[:500]
    browser = family.child.browser
    return browser.follow(submit(browser, form, {}, press=("action", action)))


def family_page(family: Family) -> Answer:
    """The guardian signs in and opens the page."""
    guardian = family.guardian
    page = guardian.browser.follow(guardian.browser.get("/account/family"))
    form = step_form(page)
    if form is not None:
        typed = guardian.conduct.typed(form)
        page = submit(guardian.browser, form, typed, press=("action", "sign_in"))
    return guardian.browser.follow(page)


def answered(family: Family, page: Answer, button: str) -> Answer:
    (form,) = [each for each in forms(page) if any(name == button for name, _ in each.buttons)]
    press = next(each for each in form.buttons if each[0] == button)
    browser = family.guardian.browser
    return browser.follow(submit(browser, form, {}, press=press))


def test_child_signs_in_when_the_guardian_agreed_and_no_more_when_they_took_it_back(
    family: Family, service: RelyingParty
) -> None:
    page = signing_in(family, service)
    assert "we know no guardian of yours yet" in page.text
    assert ("action", "ask") not in step_form(page).buttons  # type: ignore[union-attr]
    family.link()
    page = pressed(family, signing_again(family, service), "ask")
    assert "We have asked" in page.text
    assert "We have asked" in pressed(family, page, "check").text

    shown = family_page(family)
    assert "wants to use 少年宫" in shown.text
    assert "may use 少年宫" in answered(family, shown, "allow").text
    back = pressed(family, page, "check")
    tokens = walked(family, service, back)
    assert service.is_active(tokens["access_token"])

    answered(family, family_page(family), "refuse")
    assert not service.is_active(tokens["access_token"])
    silent = service.begin(family.child.browser, prompt="none").location_parameters()
    assert silent["error"] == "consent_required"
    mine = str(family.child.person_id)
    said = [row.type for row in events(subject=mine) if row.type.startswith("guardian")]
    assert said == ["guardianship.began", "guardian.asked", "guardian.agreed", "guardian.withdrew"]
    assert GuardianConsent.objects.get(ward_id=mine).state == "withdrawn"


def signing_again(family: Family, service: RelyingParty) -> Answer:
    browser = family.child.browser
    return browser.follow(service.begin(browser))


def walked(family: Family, service: RelyingParty, page: Answer) -> dict[str, str]:
    """Whatever is left of the way; then a fresh request for tokens, with nothing to ask."""
    assert "code" in returned(page), page.text[:500]
    return service.tokens(family.child.browser, family.child.conduct)


def test_guardian_refuses_and_the_child_is_told_to_the_client(
    family: Family, service: RelyingParty
) -> None:
    family.link()
    page = pressed(family, signing_in(family, service), "ask")
    answered(family, family_page(family), "refuse")
    page = pressed(family, page, "check")
    assert "Ask my guardian" in page.text
    assert returned(pressed(family, page, "return"))["error"] == "access_denied"


def test_guardian_proves_themselves_anew_when_the_browser_lay_open(
    family: Family, service: RelyingParty, later: "object"
) -> None:
    family.link()
    pressed(family, signing_in(family, service), "ask")
    shown = family_page(family)
    later(minutes=6)  # type: ignore[operator]
    page = answered(family, shown, "allow")
    assert 'data-step="login"' in page.text
    assert GuardianConsent.objects.get(ward_id=family.child.person_id).state == "asked"


def test_own_space_opens_without_a_guardian(family: Family) -> None:
    child = family.child
    page = child.browser.follow(child.browser.get("/account/"))
    form = step_form(page)
    assert form is not None
    page = submit(child.browser, form, child.conduct.typed(form), press=("action", "sign_in"))
    assert "/account/" in child.browser.follow(page).url


def test_guardianship_ends_by_itself_on_the_fourteenth_birthday(
    family: Family, service: RelyingParty
) -> None:
    family.link()
    row = Guardianship.objects.get(ward_id=family.child.person_id)
    assert row.ends_at == FOURTEEN
    before, child = FOURTEEN - timedelta(seconds=1), family.child.person_id
    assert family.guardianships.end_due(now=before) == 0
    assert family.guardianships.guardians_of(child, now=before) == (family.guardian.person_id,)
    assert family.guardianships.guardians_of(child, now=FOURTEEN) == ()
    assert family.guardianships.end_due(now=FOURTEEN) == 1
    assert family.guardianships.end_due(now=FOURTEEN) == 0
    row.refresh_from_db()
    assert (row.state, row.end_reason) == ("ended", "birthday")
    assert not Minor.objects.filter(person_id=child).exists()
    page = signing_in(family, service)
    assert "guardian" not in page.text


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"relation": "friend"}, "relation", id="no relation of the law's"),
        pytest.param({"reference": ""}, "register", id="no evidence named"),
        pytest.param({"guardian": "child"}, "own guardian", id="themselves"),
        pytest.param({"ward": "guardian", "guardian": "child"}, "under 14", id="the other way"),
    ],
)
def test_nobody_is_made_a_guardian_when_the_record_would_not_hold(
    family: Family, changes: dict[str, str], why: str
) -> None:
    people = {"child": family.child.person_id, "guardian": family.guardian.person_id}
    bond = family.bond(**{name: people.get(value, value) for name, value in changes.items()})
    with pytest.raises(GuardianRefused, match=why):
        family.guardianships.link(bond, now=family.now())


def test_nobody_is_made_a_guardian_when_their_own_identity_is_too_weak(family: Family) -> None:
    link, now = family.guardianships.link, family.now()
    chain = family.house.house.rooms.hall.subjects.chain
    seen = Evidence.objects.get(person_id=family.guardian.person_id, method="ctid")
    with pytest.raises(GuardianRefused, match="adult"):
        link(family.bond(guardian=UUID(int=1)), now=now)
    family.link()
    with pytest.raises(GuardianRefused, match="already"):
        family.link()
    chain.revoke(seen.person_id, seen.id, authority="self", now=now)
    with pytest.raises(GuardianRefused):
        link(family.bond(), now=now)
    family.guardianships.ask(family.child.person_id, "portal", now=now)
    asked = GuardianConsent.objects.get(ward_id=family.child.person_id)
    page = answered(family, family_page(family), "allow")
    assert "proven at level 3" in page.text
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_strangers_answer_nothing_and_an_ended_bond_takes_its_answers_along(
    family: Family,
) -> None:
    bond, now = family.link(), family.now()
    child, guardian = family.child.person_id, family.guardian.person_id
    room = family.guardianships
    assert room.ask(child, "portal", now=now)
    assert room.ask(child, "portal", now=now)
    (question,) = room.questions(guardian, now=now)
    assert not room.answer(guardian, UUID(int=1), is_agreed=True, now=now)
    assert room.answer(guardian, question.id, is_agreed=True, now=now)
    assert not room.answer(guardian, question.id, is_agreed=True, now=now)
    assert room.is_agreed(child, "portal")
    assert room.end(bond, OPERATOR, reason="court", now=now)
    assert not room.end(bond, OPERATOR, reason="court", now=now)
    assert not room.is_agreed(child, "portal")
    assert not room.ask(child, "other", now=now)
    (ended,) = events("guardianship.ended", subject=str(child))
    assert (ended.operator, detail(ended)["reason"]) == ("op-7", "court")
