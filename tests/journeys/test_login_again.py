"""Signing in again: prompt, max_age, another account, and a second factor."""

import pytest

from idp.sessions.models import SessionRow
from policies.levels import Level
from tests.city import City
from tests.walker import Walker

pytestmark = pytest.mark.storage
PASSWORD = "Bailu-adult-4801"


@pytest.fixture
def adult(city: City, phone: str) -> str:
    """The phone of somebody with a password."""
    city.clients.add()
    city.resident(phone, password=PASSWORD)
    return phone


def minute_keys(city: City, phone: str) -> tuple[str, ...]:
    return (f"sms:minute:{city.given.index.of('sms.phone', phone).hex()}",)


class TestAgain:
    """prompt and max_age: OpenID Connect Core 1.0 §3.1.2.1."""

    @pytest.fixture(autouse=True)
    def signed_in(self, city: City, walker: Walker, adult: str) -> None:
        del city
        walker.enter().sign_in_by_password(adult, PASSWORD)

    @pytest.mark.spec(
        "OpenID Connect Core 1.0 §3.1.2.1",
        "login: The Authorization Server SHOULD prompt the End-User for reauthentication.",
    )
    def test_person_confirms_once_when_login_is_prompted(self, city: City, walker: Walker) -> None:
        before = city.door.granted
        city.clock.advance(minutes=1)
        walker.enter(prompt=frozenset({"login"}))
        assert "password" in walker.form.fields
        walker.press("action", "sign_in", password=PASSWORD)
        assert walker.answer == "granted"
        assert city.door.granted.session_id == before.session_id
        assert city.door.granted.authenticated_at > before.authenticated_at

    @pytest.mark.spec(
        "OpenID Connect Core 1.0 §3.1.2.1",
        "If the elapsed time is greater than this value, the OP MUST attempt to actively "
        "re-authenticate the End-User.",
    )
    @pytest.mark.parametrize(("max_age", "is_asked"), [(0, True), (59, True), (3600, False)])
    def test_person_confirms_when_the_login_is_too_old(
        self, city: City, walker: Walker, max_age: int, *, is_asked: bool
    ) -> None:
        city.clock.advance(minutes=1)
        walker.enter(max_age=max_age)
        assert (walker.left_to == "") is is_asked

    @pytest.mark.spec(
        "OpenID Connect Core 1.0 §3.1.2.1",
        "none: An error is returned if an End-User is not already authenticated",
    )
    @pytest.mark.parametrize(
        ("wishes", "error"),
        [
            ({"max_age": 0}, "login_required"),
            ({"prompt": frozenset({"none", "login"})}, "login_required"),
            ({"expected_subject": "somebody-else"}, "login_required"),
            (
                {"required": Level(ial=2, aal=1), "required_is_essential": True},
                "interaction_required",
            ),
            ({"required": Level(ial=1, aal=2), "required_is_essential": True}, "login_required"),
            (
                {"required": Level(ial=1, aal=3), "required_is_essential": True},
                "unmet_authentication_requirements",
            ),
        ],
    )
    def test_client_hears_why_when_no_page_is_allowed(
        self, city: City, walker: Walker, wishes: dict[str, object], error: str
    ) -> None:
        city.clock.advance(minutes=1)
        walker.enter(**{"prompt": frozenset({"none"}), **wishes})
        assert walker.answer == error

    def test_person_chooses_when_selection_is_prompted(self, walker: Walker) -> None:
        walker.enter(prompt=frozenset({"select_account"}))
        (name, value), *_ = walker.form.buttons
        assert name == "account"
        walker.press(name, value)
        assert walker.answer == "granted"

    def test_other_account_is_chosen_when_selection_is_prompted(
        self, city: City, walker: Walker
    ) -> None:
        city.resident("+8613700000001", password=PASSWORD)
        before = city.door.granted
        walker.enter(prompt=frozenset({"select_account"}))
        walker.press("action", "other_account")
        walker.sign_in_by_password("13700000001", PASSWORD)
        assert walker.answer == "granted"
        assert city.door.granted.person_id != before.person_id
        assert SessionRow.objects.get(id=before.session_id).end_reason == "account_switched"

    def test_remembered_account_stays_masked_when_it_is_chosen(
        self, city: City, walker: Walker, adult: str
    ) -> None:
        city.resident("+8613700000001", password=PASSWORD)
        walker.enter(prompt=frozenset({"select_account"}))
        walker.press("action", "other_account")
        walker.sign_in_by_password("13700000001", PASSWORD)
        walker.enter(prompt=frozenset({"select_account"}))
        assert [name for name, _ in walker.form.buttons].count("account") == 2
        walker.press(*walker.form.buttons[1])
        assert f"{adult[3:6]} **** {adult[-4:]}" in walker.words
        assert adult.removeprefix("+86") not in walker.html
        walker.press("action", "sign_in", password=PASSWORD)
        assert city.door.granted.person_id == city.resident(adult)

    def test_unknown_choice_is_told_when_a_button_is_forged(self, walker: Walker) -> None:
        walker.enter(prompt=frozenset({"select_account"}), ui_locales=("en",))
        walker.form.buttons.append(("account", "forged"))
        walker.press("account", "forged")
        assert "Choose one of the buttons" in walker.words

    @pytest.mark.spec(
        "OpenID Connect Core 1.0 §3.1.2.2",
        "The Authorization Server MUST NOT reply with an ID Token or Access Token for a "
        "different user, even if they have an active session",
    )
    def test_person_is_asked_to_switch_when_another_subject_is_expected(
        self, city: City, walker: Walker
    ) -> None:
        expected = city.resident("+8613700000001", password=PASSWORD)
        subject = city.rooms.subjects.sub(expected, subject_type="public", sector="")
        walker.enter(expected_subject=subject, ui_locales=("en",))
        assert "expects another account" in walker.words
        walker.sign_in_by_password("13700000001", PASSWORD)
        assert walker.answer == "granted"
        assert city.door.granted.person_id == expected

    def test_person_may_switch_by_code_when_another_subject_is_expected(
        self, city: City, walker: Walker
    ) -> None:
        expected = city.resident("+8613700000001")
        subject = city.rooms.subjects.sub(expected, subject_type="public", sector="")
        walker.enter(expected_subject=subject)
        walker.sign_in_by_code("+8613700000001")
        assert walker.answer == "granted"
        assert city.door.granted.person_id == expected

    @pytest.mark.spec(
        "OpenID Connect Core 1.0 §3.1.2.1",
        "Otherwise, it MUST return an error, such as login_required.",
    )
    def test_client_hears_so_when_yet_another_person_signs_in(
        self, city: City, walker: Walker
    ) -> None:
        expected = city.resident("+8613700000001")
        city.resident("+8613700000002", password=PASSWORD)
        subject = city.rooms.subjects.sub(expected, subject_type="public", sector="")
        walker.enter(expected_subject=subject)
        walker.sign_in_by_password("13700000002", PASSWORD)
        assert walker.answer == "login_required"

    def test_granted_at_once_when_the_expected_subject_is_signed_in(
        self, city: City, walker: Walker
    ) -> None:
        person_id = city.door.granted.person_id
        subject = city.rooms.subjects.sub(person_id, subject_type="public", sector="")
        walker.enter(expected_subject=subject)
        assert walker.answer == "granted"

    @pytest.mark.requirement("R2")
    def test_only_the_missing_factor_is_asked_when_two_are_needed(
        self, city: City, walker: Walker, adult: str
    ) -> None:
        wish = {"required": Level(ial=1, aal=2), "required_is_essential": True}
        walker.enter(**wish)
        assert "password" not in walker.form.fields
        walker.press("method", "sms")
        walker.type_code(adult)
        assert walker.answer == "granted"
        assert city.door.granted.amr == ("pwd", "sms", "mfa")
        assert city.door.granted.level.aal == 2
        screens = walker.screens
        walker.enter(**wish)
        assert walker.screens == screens


def test_password_alone_is_asked_when_the_session_has_a_code(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter().sign_in_by_code(adult)
    walker.enter(required=Level(ial=1, aal=2), required_is_essential=True)
    assert "password" in walker.form.fields
    assert ("method", "sms") not in walker.form.buttons
    walker.press("action", "sign_in", password=PASSWORD)
    assert city.door.granted.level.aal == 2


def test_client_hears_that_the_level_is_unmet_when_a_person_will_not_add_a_factor(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add(minimum_level=Level(ial=1, aal=2))
    walker.enter().sign_in_by_code(phone)
    assert walker.step == "login"
    walker.press("action", "return")
    assert walker.answer == "unmet_authentication_requirements"


def test_journey_goes_on_when_a_merely_wished_factor_cannot_be_had(
    city: City, walker: Walker, phone: str
) -> None:
    city.clients.add()
    walker.enter(required=Level(ial=1, aal=3)).sign_in_by_code(phone)
    assert walker.answer == "granted"
    assert city.door.granted.level == Level(ial=1, aal=1)


def test_second_factor_joins_when_the_code_page_asks_a_session_for_it(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter().sign_in_by_password(adult, PASSWORD)
    walker.enter(required=Level(ial=1, aal=2), required_is_essential=True)
    walker.press("method", "sms")
    walker.press("action", "other_account")
    assert walker.form.fields["identifier"] == ""
    walker.sign_in_by_password(adult, PASSWORD)
    assert ("method", "sms") in walker.form.buttons
    city.store.delete(*minute_keys(city, adult))
    walker.press("method", "sms")
    walker.type_code(adult)
    assert city.door.granted.level.aal == 2


@pytest.mark.requirement("R14")
def test_factors_of_one_person_never_count_for_another_when_they_share_a_journey(
    city: City, walker: Walker, adult: str
) -> None:
    other = "+8613700000001"
    city.resident(other, password=PASSWORD)
    walker.enter(required=Level(ial=1, aal=2), required_is_essential=True)
    walker.sign_in_by_password(adult, PASSWORD)
    walker.press("action", "other_account")
    walker.sign_in_by_code(other)
    assert "password" in walker.form.fields
    city.store.delete(*minute_keys(city, other))
    walker.form.buttons.append(("method", "sms"))
    walker.press("method", "sms")
    walker.type_code(other)
    assert walker.left_to == ""
    assert "password" in walker.form.fields
    walker.press("action", "sign_in", password=PASSWORD)
    assert city.door.granted.amr == ("pwd", "sms", "mfa")
    assert city.door.granted.person_id == city.resident(other)
