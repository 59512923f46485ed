"""Passkeys, app codes and recovery codes on the way to a service; adding what a level needs."""

import html
import re
from base64 import b32decode
from datetime import timedelta
from uuid import UUID

import pytest
from django_otp.oath import TOTP

from idp.subjects.authenticators import totp
from idp.subjects.authenticators.kinds import Kind, Offer
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Authenticator, Identifier
from policies.levels import Level
from tests.city import ISSUER, City
from tests.key_holder import KeyHolder
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = pytest.mark.storage
PASSWORD = "Bailu-adult-4801"
CHOSEN = "a quiet harbour at dawn"
AAL2 = {"required": Level(ial=1, aal=2), "required_is_essential": True}


def options(walker: Walker) -> str:
    """What the page asks the browser for."""
    found = re.search(r'data-options="([^"]+)"', walker.html)
    assert found, walker.html
    return html.unescape(found[1])


def show_passkey(walker: Walker, holder: KeyHolder, *, makes: bool = False) -> Walker:
    """What `passkey.js` does: answers, and sends the form as it stands."""
    asked = options(walker)
    answer = holder.create(asked) if makes else holder.get(asked)
    walker.form.buttons.append(("passkey", answer))
    return walker.press("passkey", answer)


def with_passkey(city: City, person_id: UUID) -> KeyHolder:
    kind = city.login.proofs.passkeys
    assert kind is not None
    holder, now = KeyHolder(origin=ISSUER, is_synced=True), city.clock.now()
    asked = kind.creation_options(person_id, name="139", bound_to="j", now=now)
    offer = Offer(person_id=person_id, answer=holder.create(asked), bound_to="j", now=now)
    city.rooms.authenticators.add(Kind.PASSKEY, offer)
    return holder


def app_code(secret: str, city: City) -> str:
    generator = TOTP(b32decode(secret))
    generator.time = city.clock.now().timestamp()
    return f"{generator.token():06d}"


@pytest.mark.requirement("R18")
def test_one_screen_and_no_field_is_all_when_somebody_returns_with_a_passkey(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    person_id = city.resident(phone)
    holder = with_passkey(city, person_id)
    walker.enter(**AAL2)
    assert 'autocomplete="username webauthn"' in walker.html
    show_passkey(walker, holder)
    assert walker.answer == "granted"
    assert city.door.granted.person_id == person_id
    assert city.door.granted.level == Level(ial=1, aal=2)
    assert city.door.granted.amr == ("swk", "user", "mfa")
    assert walker.screens == 1


def test_passkey_comes_first_when_the_browser_knows_an_account_that_has_one(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    holder = with_passkey(city, city.resident(phone))
    walker.enter().sign_in_by_code(phone)
    walker.http.cookies.pop("tx_session_18700")
    walker.enter()
    assert walker.html.index("data-passkey-button") < walker.html.index('value="sms"')
    assert "allowCredentials" in options(walker)
    show_passkey(walker, holder)
    assert walker.answer == "granted"


def test_passkey_alone_is_asked_when_a_second_proof_is_needed(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    holder = with_passkey(city, city.resident(phone))
    walker.enter().sign_in_by_code(phone)
    walker.enter(**AAL2)
    assert ("method", "sms") not in walker.form.buttons
    show_passkey(walker, holder)
    assert city.door.granted.amr == ("sms", "swk", "user", "mfa")


@pytest.mark.parametrize("spoilt", ["another-persons", "unknown", "no-answer"])
def test_person_stays_on_the_page_when_a_passkey_proves_nothing(
    city: City, walker: Walker, phone: str, spoilt: str
) -> None:
    city.clients.add()
    city.resident(phone, password=PASSWORD)
    holder = with_passkey(city, city.resident("+8613700000009"))
    if spoilt == "unknown":
        holder.credential_id = b"never seen"
    walker.enter(ui_locales=("en",)).sign_in_by_password(phone, PASSWORD)
    walker.enter(ui_locales=("en",), prompt=frozenset({"login"}))
    asked = city.login.proofs.passkeys
    assert asked is not None
    journey = walker.form.action.split("/")[2]
    wish = asked.request_options(journey, now=city.clock.now())
    answer = "{}" if spoilt == "no-answer" else holder.get(wish)
    walker.form.buttons.append(("passkey", answer))
    walker.press("passkey", answer)
    assert "This passkey could not be used" in walker.words
    assert events("login.failed")


def test_app_code_is_asked_when_a_password_needs_a_second_proof(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    person_id = city.resident(phone, password=PASSWORD)
    secret = totp.new_secret()
    offer = Offer(
        person_id=person_id, secret=secret, answer=app_code(secret, city), now=city.clock.now()
    )
    city.rooms.authenticators.add(Kind.TOTP, offer)
    walker.enter(ui_locales=("en",), **AAL2).sign_in_by_password(phone, PASSWORD)
    assert "Code from the authenticator app" in walker.words
    used = app_code(secret, city)
    walker.press("action", "sign_in", code=used)
    assert "used already" in walker.words
    walker.press("action", "sign_in", code="")
    assert "Enter the code" in walker.words
    walker.press("action", "sign_in", code="000000")
    assert "not the code the app shows" in walker.words
    city.clock.advance(seconds=30)
    walker.press("action", "sign_in", code=app_code(secret, city))
    assert city.door.granted.amr == ("otp", "pwd", "mfa")


def test_recovery_code_serves_when_the_phone_is_not_at_hand(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    person_id = city.resident(phone, password=PASSWORD)
    offer = Offer(person_id=person_id, now=city.clock.now())
    codes = city.rooms.authenticators.add(Kind.RECOVERY_CODE, offer).shown_once
    walker.enter(ui_locales=("en",), **AAL2).sign_in_by_password(phone, PASSWORD)
    walker.press("method", "recovery_code")
    walker.press("action", "sign_in", code="none of them")
    assert "none of your recovery codes" in walker.words
    walker.press("action", "sign_in", code=codes[0])
    assert city.door.granted.level.aal == 2


def test_guessing_codes_is_slowed_when_it_goes_on(city: City, walker: Walker, phone: str) -> None:
    city.clients.add()
    person_id = city.resident(phone, password=PASSWORD)
    offer = Offer(person_id=person_id, now=city.clock.now())
    city.rooms.authenticators.add(Kind.RECOVERY_CODE, offer)
    walker.enter(ui_locales=("en",), **AAL2).sign_in_by_password(phone, PASSWORD)
    walker.press("method", "recovery_code")
    for _ in range(5):
        walker.press("action", "sign_in", code="abcd")
    assert "wait" in walker.words


@pytest.mark.requirement("R2")
def test_passkey_is_added_on_the_way_when_a_phone_alone_does_not_reach_the_level(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    walker.enter(ui_locales=("en",), **AAL2).sign_in_by_code(phone)
    assert "back exactly where you were" in walker.words
    holder = KeyHolder(origin=ISSUER)
    show_passkey(walker, holder, makes=True)
    assert walker.answer == "granted"
    assert city.door.granted.level.aal == 2
    assert city.door.granted.amr == ("sms", "swk", "user", "mfa")
    added = events("authenticator.added")[-1]
    assert detail(added)["kind"] == "passkey"


def test_password_is_added_on_the_way_when_there_is_no_passkey(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    walker.enter(ui_locales=("en",), **AAL2).sign_in_by_code(phone)
    walker.press("method", "password")
    for wrong, words in [
        ("short", "at least 15 characters"),
        ("y" * 200, "at most 128 characters"),
        ("abcabcabcabcabcabc", "guessed first"),
    ]:
        walker.press("action", "add", password=wrong)
        assert words in walker.words
    walker.press("action", "add", password=CHOSEN)
    assert city.door.granted.amr == ("pwd", "sms", "mfa")


def test_app_is_added_on_the_way_when_a_password_has_no_phone_beside_it(
    city: City, walker: Walker
) -> None:
    city.clients.add()
    person_id = city.resident("+8613700000008", password=PASSWORD)
    Identifier.objects.filter(person_id=person_id).delete()
    Authenticator.objects.filter(kind="sms").delete()
    name = TypedIdentifier(kind="username", value="zhang")
    city.rooms.people.add_identifier(person_id, name, verified_at=None)
    walker.enter(ui_locales=("en",), **AAL2).sign_in_by_password("zhang", PASSWORD)
    walker.press("method", "totp")
    found = re.search(r'<b class="figure">([A-Z2-7 ]{39})</b>', walker.html)
    assert found
    secret = found[1].replace(" ", "")
    walker.press("action", "add", code="12345")
    assert "not the code the app shows" in walker.words
    assert found[1] in walker.html
    walker.press("action", "add", code=app_code(secret, city))
    assert city.door.granted.amr == ("otp", "pwd", "mfa")


def test_person_confirms_first_when_the_sign_in_is_no_longer_fresh(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    walker.enter().sign_in_by_code(phone)
    city.clock.advance(minutes=6)
    walker.enter(ui_locales=("en",), **AAL2)
    assert "Confirm that it is you" in walker.words
    city.store.delete(f"sms:minute:{city.given.index.of('sms.phone', phone).hex()}")
    walker.press("method", "sms")
    walker.type_code(phone)
    assert "data-options" in walker.html
    walker.press("action", "return")
    assert walker.answer == "unmet_authentication_requirements"


class TestOffer:
    """One question after a sign-in; "not now" is remembered."""

    @pytest.fixture(autouse=True)
    def arrived(self, city: City, walker: Walker, phone: str) -> None:
        city.clients.add()
        city.resident(phone, password=PASSWORD)
        walker.enter(ui_locales=("en",))
        assert "can_add_passkey" in walker.form.fields
        walker.press("action", "sign_in", identifier=phone, password=PASSWORD, can_add_passkey="1")
        assert "Faster next time" in walker.words

    def again(self, walker: Walker) -> None:
        walker.http.cookies.pop("tx_session_18700")
        walker.enter(ui_locales=("en",))
        walker.press("action", "sign_in", password=PASSWORD, can_add_passkey="1")

    def test_nothing_more_is_asked_when_a_passkey_was_added(
        self, city: City, walker: Walker
    ) -> None:
        show_passkey(walker, KeyHolder(origin=ISSUER), makes=True)
        assert walker.answer == "granted"
        assert city.door.granted.level.aal == 2
        self.again(walker)
        assert walker.answer == "granted"

    def test_nobody_is_asked_for_a_month_when_they_said_not_now(
        self, city: City, walker: Walker, phone: str
    ) -> None:
        walker.press("action", "not_now")
        assert walker.answer == "granted"
        self.again(walker)
        assert walker.answer == "granted"
        asked = f"passkey:asked:{city.resident(phone)}"
        city.store.delete(asked)
        self.again(walker)
        assert "Faster next time" in walker.words
        assert city.settings.authentication.prompt_pause == timedelta(days=30).total_seconds()

    def test_page_says_so_when_a_passkey_could_not_be_made(self, walker: Walker) -> None:
        walker.form.buttons.append(("passkey", "{}"))
        walker.press("passkey", "{}")
        assert "could not be used" in walker.words


class TestDormantPhone:
    """A number unused for ninety days: the code alone opens nothing."""

    @pytest.fixture(autouse=True)
    def long_ago(self, city: City, walker: Walker, phone: str) -> None:
        city.clients.add()
        city.resident(phone, password=PASSWORD)
        long_ago = city.clock.now() - timedelta(days=91)
        Authenticator.objects.filter(kind="sms").update(last_used_at=long_ago)
        walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
        assert "not used here for long" in walker.words

    def test_former_holder_is_unbound_when_the_number_is_new_to_somebody(
        self, city: City, walker: Walker
    ) -> None:
        former = Authenticator.objects.get(kind="password").person_id
        walker.press("action", "new_account")
        assert walker.answer == "granted"
        assert city.door.granted.person_id != former
        assert not Identifier.objects.filter(person_id=former).exists()
        assert [row.subject for row in events("person.phone_unbound")] == [str(former)]

    def test_holder_signs_in_when_they_know_the_password(
        self, city: City, walker: Walker, phone: str
    ) -> None:
        walker.press("method", "password")
        walker.press("action", "sign_in", password="wrong")
        assert "does not belong to this account" in walker.words
        walker.press("action", "sign_in", password=PASSWORD)
        assert city.door.granted.amr == ("pwd", "sms", "mfa")
        assert city.door.granted.person_id == city.resident(phone)

    def test_nothing_is_proven_when_name_and_number_are_not_the_accounts(
        self, walker: Walker
    ) -> None:
        walker.press("method", "identity")
        for number in ("11010519491231002X", "no number"):
            walker.press("action", "sign_in", name="陈思远", document_number=number)
            assert "does not belong to this account" in walker.words
        walker.press("action", "back")
        walker.press("action", "other_account")
        assert "identifier" in walker.form.fields
