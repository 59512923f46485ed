"""Consent claim by claim: the unticked is never released, the answered never asked again."""

import pytest
from pytest_django import DjangoAssertNumQueries

from idp.clients.purposes import Purpose
from idp.journey.record import Progress
from idp.journey.request import Browser, WantedClaim
from idp.subjects.identifiers import TypedIdentifier
from tests.city import City
from tests.subjects.test_evidence import verified
from tests.trail import events
from tests.walker import Walker

pytestmark = pytest.mark.storage
CLAIMS = (
    WantedClaim(name="phone_number", essential=True),
    WantedClaim(name="phone_number_verified"),
    WantedClaim(name="name"),
    WantedClaim(name="name", target="id_token"),
    WantedClaim(name="birthdate"),
    WantedClaim(name="no_such_claim"),
)
WISH = {"scope": ("openid", "profile"), "claims": CLAIMS}


@pytest.fixture
def signed_in(city: City, walker: Walker, phone: str) -> Walker:
    city.clients.add("first")
    walker.enter(client_id="first").sign_in_by_code(phone)
    verified(city, city.door.granted.person_id)
    return walker


def ticks(walker: Walker) -> dict[str, bool]:
    return dict(walker.form.checkboxes)


@pytest.mark.spec(
    "OpenID Connect Core 1.0 §3.1.2.4",
    "the Authorization Server MUST obtain an authorization decision before releasing information",
)
@pytest.mark.requirement("R8")
def test_unticked_claim_is_not_released_when_the_person_agrees(
    city: City, signed_in: Walker
) -> None:
    city.clients.add()
    signed_in.enter(**WISH)
    assert ticks(signed_in) == {"phone_number": True, "name": True, "birthdate": True}
    assert "**远" in signed_in.words
    signed_in.press("decision", "allow", claim=["phone_number", "name"])
    granted = city.door.granted
    assert granted.userinfo_claims == ("name", "phone_number", "phone_number_verified")
    assert granted.id_token_claims == ("name",)
    assert granted.scope == ("openid", "profile")
    assert granted.consent_id is not None


def test_nothing_is_asked_when_it_was_answered_before(
    city: City, signed_in: Walker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    city.clients.add()
    signed_in.enter(**WISH).press("decision", "allow", claim=["name"])
    screens = signed_in.screens
    with django_assert_num_queries(0):
        signed_in.enter(**WISH)
    assert signed_in.screens == screens
    assert city.door.granted.userinfo_claims == ("name",)


def test_only_what_is_granted_and_wanted_is_released_when_less_is_asked(
    city: City, signed_in: Walker
) -> None:
    city.clients.add()
    signed_in.enter(**WISH).press("decision", "allow", claim=["name", "birthdate"])
    signed_in.enter(claims=(WantedClaim(name="birthdate"),))
    assert city.door.granted.userinfo_claims == ("birthdate",)


def test_person_is_asked_when_something_new_is_wanted(city: City, signed_in: Walker) -> None:
    city.clients.add()
    signed_in.enter(claims=(WantedClaim(name="name"),)).press("decision", "allow", claim=["name"])
    signed_in.enter(**WISH)
    assert signed_in.step == "consent"
    assert ticks(signed_in)["name"] is True
    signed_in.press("decision", "deny")
    assert signed_in.answer == "access_denied"


@pytest.mark.requirement("R8")
@pytest.mark.parametrize(
    ("chosen", "released"),
    [
        pytest.param(["name"], ("name", "updated_at"), id="with what it is about"),
        pytest.param([], (), id="never alone"),
    ],
)
def test_when_something_changed_is_not_asked_about_but_goes_along(
    city: City, signed_in: Walker, chosen: list[str], released: tuple[str, ...]
) -> None:
    city.clients.add()
    signed_in.enter(claims=(WantedClaim(name="name"), WantedClaim(name="updated_at")))
    assert ticks(signed_in) == {"name": True}
    signed_in.press("decision", "allow", claim=chosen)
    assert city.door.granted.userinfo_claims == released


def test_when_something_changed_is_asked_about_when_nothing_else_is_wanted(
    city: City, signed_in: Walker
) -> None:
    city.clients.add()
    signed_in.enter(claims=(WantedClaim(name="updated_at"),))
    assert ticks(signed_in) == {"updated_at": True}
    signed_in.press("decision", "allow", claim=["updated_at"])
    assert city.door.granted.userinfo_claims == ("updated_at",)


@pytest.mark.parametrize("is_essential", [True, False])
def test_required_is_spoken_of_only_where_something_is(
    city: City, signed_in: Walker, *, is_essential: bool
) -> None:
    city.clients.add()
    signed_in.enter(claims=(WantedClaim(name="name", essential=is_essential),))
    assert ("标为「必需」" in signed_in.words) is is_essential


@pytest.mark.spec(
    "OpenID Connect Core 1.0 §3.1.2.1",
    "consent: The Authorization Server SHOULD prompt the End-User for consent",
)
def test_person_is_asked_again_when_consent_is_prompted(city: City, signed_in: Walker) -> None:
    city.clients.add()
    signed_in.enter(**WISH).press("decision", "allow", claim=["name"])
    signed_in.enter(**WISH, prompt=frozenset({"consent"}))
    assert signed_in.step == "consent"
    signed_in.press("decision", "allow", claim=[])
    assert signed_in.answer == "granted"
    assert city.door.granted.userinfo_claims == ()


def test_person_goes_on_when_consent_is_prompted_and_there_is_nothing_of_a_claim(
    city: City, signed_in: Walker
) -> None:
    city.clients.add()
    wanted = (WantedClaim(name="name"), WantedClaim(name="picture"))
    for _ in range(2):
        signed_in.enter(scope=("openid",), claims=wanted, prompt=frozenset({"consent"}))
        assert ticks(signed_in) == {"name": True}
        signed_in.press("decision", "allow", claim=["name"])
        assert (signed_in.answer, city.door.granted.userinfo_claims) == ("granted", ("name",))


def test_client_hears_consent_required_when_no_page_is_allowed(
    city: City, signed_in: Walker
) -> None:
    city.clients.add()
    signed_in.enter(**WISH, prompt=frozenset({"none"}))
    assert signed_in.answer == "consent_required"


def test_page_stays_when_no_button_was_pressed(city: City, signed_in: Walker) -> None:
    city.clients.add()
    signed_in.enter(**WISH)
    signed_in.form.buttons.append(("other", "button"))
    signed_in.press("other", "button", claim=["birthdate"])
    assert signed_in.step == "consent"
    assert ticks(signed_in) == {"phone_number": False, "name": False, "birthdate": True}


def test_offline_access_is_asked_for_when_wanted(city: City, signed_in: Walker) -> None:
    city.clients.add()
    signed_in.enter(scope=("openid", "offline_access"))
    assert ticks(signed_in) == {"offline_access": True}
    signed_in.press("decision", "allow", claim=[])
    assert city.door.granted.scope == ("openid",)
    signed_in.enter(scope=("openid", "offline_access"), prompt=frozenset({"consent"}))
    signed_in.press("decision", "allow", claim=["offline_access"])
    assert city.door.granted.scope == ("openid", "offline_access")


@pytest.mark.requirement("R13")
def test_person_is_informed_when_a_law_is_the_ground(city: City, signed_in: Walker) -> None:
    names = ("name", "document_number")
    city.clients.add(legal_basis="statutory_duty", statutory_claims=frozenset(names))
    claims = tuple(WantedClaim(name=name) for name in names)
    signed_in.enter(claims=claims, ui_locales=("en",))
    assert signed_in.form.checkboxes == []
    assert "Article 13" in signed_in.words
    assert "3502**********9915" in signed_in.words
    signed_in.press("decision", "allow")
    assert city.door.granted.userinfo_claims == ("document_number", "name")
    screens = signed_in.screens
    signed_in.enter(claims=claims)
    assert signed_in.screens == screens
    assert [row.client_id for row in events("consent.given")] == ["portal"]


def test_other_claims_are_asked_for_when_a_law_covers_some(city: City, signed_in: Walker) -> None:
    city.clients.add(legal_basis="statutory_duty", statutory_claims=frozenset({"name"}))
    signed_in.enter(claims=(WantedClaim(name="name"), WantedClaim(name="birthdate")))
    assert ticks(signed_in) == {"birthdate": True}
    signed_in.press("decision", "allow", claim=[])
    assert city.door.granted.userinfo_claims == ("name",)


DUTY = Purpose(
    id="insurance",
    claims=frozenset({"name", "document_number"}),
    basis="statutory_duty",
    name={"zh-hans": "参保登记", "en": "Insurance registration"},
    law={"zh-hans": "《社会保险法》第五十八条", "en": "Social Insurance Law, Article 58"},
    kept_days=1_825,
)
WISHED = Purpose(
    id="notices",
    claims=frozenset({"birthdate"}),
    name={"zh-hans": "生日提醒", "en": "Birthday notes"},
)


@pytest.mark.requirement("R13")
def test_purpose_and_law_are_named_when_the_client_registered_them(
    city: City, signed_in: Walker
) -> None:
    city.clients.add(
        legal_basis="statutory_duty", statutory_claims=DUTY.claims, purposes=(DUTY, WISHED)
    )
    signed_in.enter(claims=(WantedClaim(name="name"),), ui_locales=("en",))
    assert signed_in.form.checkboxes == []
    for words in ("Insurance registration", "Social Insurance Law, Article 58", "1825 days"):
        assert words in signed_in.words
    signed_in.press("decision", "allow")
    signed_in.enter(
        claims=(WantedClaim(name="name"), WantedClaim(name="birthdate")), ui_locales=("zh-CN",)
    )
    assert ticks(signed_in) == {"birthdate": True}
    for words in ("生日提醒", "参保登记", "《社会保险法》第五十八条"):
        assert words in signed_in.words


@pytest.mark.requirement("R13")
def test_document_number_is_never_asked_for_when_no_law_is_the_ground(
    city: City, signed_in: Walker
) -> None:
    city.clients.add(statutory_claims=frozenset({"document_number"}))
    signed_in.enter(claims=(WantedClaim(name="document_number"),))
    assert signed_in.answer == "granted"
    assert city.door.granted.userinfo_claims == ()


def test_nothing_is_asked_when_the_client_is_our_own(city: City, signed_in: Walker) -> None:
    city.clients.add(skips_consent=True)
    signed_in.enter(**WISH)
    assert signed_in.answer == "granted"
    assert "name" in city.door.granted.userinfo_claims


def test_withdrawn_consent_is_asked_for_again_when_the_client_returns(
    city: City, signed_in: Walker
) -> None:
    city.clients.add()
    signed_in.enter(**WISH).press("decision", "allow", claim=["name"])
    person_id, now = city.door.granted.person_id, city.clock.now()
    city.rooms.consents.withdraw(person_id, "portal", now=now)
    city.rooms.sessions.forget_consent(person_id, "portal")
    signed_in.enter(**WISH)
    assert signed_in.step == "consent"


def test_values_are_masked_when_the_page_shows_them(city: City, walker: Walker) -> None:
    from idp.subjects.identifiers import TypedIdentifier

    city.clients.add("first")
    phone = "+8613800000001"
    walker.enter(client_id="first").sign_in_by_code(phone)
    person_id = city.door.granted.person_id
    for kind, value in (("email", "chen@example.cn"), ("username", "chensiyuan")):
        identifier = TypedIdentifier(kind=kind, value=value)
        city.rooms.people.add_identifier(person_id, identifier, verified_at=None)
    verified(city, person_id)
    city.clients.add()
    names = ("phone_number", "email", "preferred_username", "birthdate", "gender", "updated_at")
    walker.enter(claims=tuple(WantedClaim(name=name) for name in (*names, "verified_claims/name")))
    for shown in ("138 **** 0001", "c***@example.cn", "c***", "1988-**-**", "男"):
        assert shown in walker.words
    for hidden in ("13800000001", "chen@", "chensiyuan", "1988-03"):
        assert hidden not in walker.html


@pytest.mark.requirement("R13")
def test_nothing_is_released_when_nobody_agreed(city: City, signed_in: Walker) -> None:
    """Fail closed, should a step ever let somebody through."""
    city.clients.add()
    now = city.clock.now()
    for browser in (signed_in.browser, Browser()):
        standing = city.hall.standings.read(city.request(**WISH), Progress(), browser, now=now)
        released, given = city.hall.ledger.released(standing)
        assert given is None
        assert released.userinfo_claims == released.id_token_claims == frozenset()


@pytest.mark.requirement("R8")
def test_what_there_is_nothing_of_is_asked_about_once_there_is_something(
    city: City, walker: Walker, phone: str
) -> None:
    """`profile` asks for some fifteen claims, of which most people have one or two."""
    city.clients.add()
    names = ("phone_number", "nickname", "website", "email", "updated_at")
    wish = {"claims": tuple(WantedClaim(name=name) for name in names), "ui_locales": ("en",)}
    walker.enter(**wish).sign_in_by_code(phone)
    assert ticks(walker) == {"phone_number": True}
    assert "do not have" not in walker.words
    walker.press("decision", "allow")
    screens = walker.screens
    walker.enter(**wish)
    assert (walker.answer, walker.screens) == ("granted", screens)

    person_id, now = city.door.granted.person_id, city.clock.now()
    address = TypedIdentifier(kind="email", value="chen@mail.example")
    city.rooms.people.add_identifier(person_id, address, verified_at=now)
    walker.enter(**wish)
    assert ticks(walker) == {"phone_number": True, "email": True}
    walker.press("decision", "allow", claim=["email"])
    assert city.door.granted.userinfo_claims == ("email", "updated_at")


@pytest.mark.requirement("R8")
def test_nothing_is_asked_when_there_is_nothing_of_what_is_wanted(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    claims = tuple(WantedClaim(name=name) for name in ("nickname", "updated_at"))
    walker.enter(claims=claims).sign_in_by_code(phone)
    assert walker.answer == "granted"
    assert city.door.granted.userinfo_claims == ()


def test_what_a_service_cannot_do_without_is_named_when_there_is_nothing_of_it(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    claims = (WantedClaim(name="phone_number"), WantedClaim(name="email", essential=True))
    walker.enter(claims=claims, ui_locales=("en",)).sign_in_by_code(phone)
    assert ticks(walker) == {"phone_number": True}
    assert "needs what we do not have of you" in walker.words
    assert "E-mail address" in walker.words
