"""A place whose reader shows the chip's photograph, and whose browser has the only camera."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from pytest_django.fixtures import Settings

from connectors.lens.lens import Lens
from connectors.lens.prompted import METHOD, Prompt, PromptedFaces
from connectors.sandbox.population import person
from connectors.sandbox.server import SandboxServer
from idp.channels.sittings import Sittings
from idp.foundation.storage import ValkeyStore
from idp.journey.readings.here import PROMPTS_TTL
from idp.journey.verification.attempts import PER_DAY
from idp.subjects.models import Evidence, Person, PurposeConsent
from policies.levels import Level
from tests.city import Asked, City, built_city
from tests.connectors.drawn_faces import before_camera, drawn, jpeg
from tests.connectors.prompted_frames import ANOTHERS_CHIP, CHIP, frames_for
from tests.places import ELDER, Kiosk, again, agree, kiosk_of, standing_before
from tests.trail import events
from tests.walker import Walker

pytestmark = [
    pytest.mark.requirement("R6"),
    pytest.mark.requirement("R10"),
    pytest.mark.requirement("R13"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def eye() -> Iterator[PromptedFaces]:
    lens = Lens(patience=60)
    yield PromptedFaces(eye=lens)
    lens.child.close()


@pytest.fixture
def city(
    eye: PromptedFaces,
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
) -> Iterator[City]:
    """A city whose only authority compares no faces."""
    del transactional_db
    asked = Asked(kinds=("population_library",), prompted=eye)
    with built_city(store, local_sandbox, asked=asked) as built:
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        settings.ROOT_URLCONF = built
        yield built


@pytest.fixture
def kiosk(city: City) -> Iterator[Kiosk]:
    with kiosk_of(city, has_camera=False) as built:
        yield built


@pytest.fixture
def elder(kiosk: Kiosk, walker: Walker) -> Walker:
    """Somebody who laid the card and agreed."""
    return agree(kiosk, standing_before(kiosk, walker))


def prompts_of(walker: Walker) -> list[str]:
    """What the page asks for, in its order."""
    _, *rest = walker.html.split('data-prompt="')
    return [each.partition('"')[0] for each in rest]


def camera_opens(kiosk: Kiosk, walker: Walker, chip: bytes = CHIP, **changed: object) -> Walker:
    """The card is read once more; then the page that opens the camera stands there."""
    assert "Leave your card on the reader" in walker.words
    assert kiosk.lay_card_again(ELDER, chip, **changed).status_code == 202
    again(walker)
    assert sorted(prompts_of(walker)) == sorted(Prompt)
    return walker


def sends(walker: Walker, frames: Sequence[bytes], **typed: str) -> Walker:
    """The page's form is sent, as its script does."""
    files = [SimpleUploadedFile("frame.jpg", each, "image/jpeg") for each in frames]
    return walker.press("action", "look", frame=files, **typed)


def test_level_three_is_reached_when_the_chips_holder_does_what_the_page_asks(
    city: City, kiosk: Kiosk, elder: Walker
) -> None:
    assert PurposeConsent.objects.count() == 0
    camera_opens(kiosk, elder)
    assert kiosk.reader.asked() is None
    sends(elder, frames_for(prompts_of(elder)))

    assert elder.answer == "granted"
    assert city.door.granted.level == Level(ial=3, aal=2)
    evidence = Evidence.objects.get(method=METHOD)
    assert evidence.circumstances == ["chip_photo", "liveness"]
    assert evidence.device == kiosk.shell.device_id
    values = city.rooms.chain.values_of(evidence)
    assert 0.55 <= float(values["face_score"]) <= 1
    assert set(values) == {"name", "document_number", "birthdate", "gender", "face_score"}
    assert PurposeConsent.objects.get().purpose == "face_comparison"


def test_no_picture_is_left_and_none_waited_in_the_open_when_a_look_is_over(
    kiosk: Kiosk, elder: Walker, store: ValkeyStore
) -> None:
    camera_opens(kiosk, elder)
    [waiting] = stored(store, "sitting:picture:*")
    assert len(waiting) > len(CHIP)
    assert CHIP[100:164] not in waiting
    frames = frames_for(prompts_of(elder))
    sends(elder, frames)

    kept = stored(store, "*")
    for picture in (CHIP, *frames):
        assert not any(picture[100:164] in each for each in kept)
    assert waiting not in kept


def stored(store: ValkeyStore, pattern: str) -> list[bytes]:
    """Everything the store holds under such names."""
    names = store.pool.call("KEYS", store.prefix + pattern)
    assert isinstance(names, list)
    return [bytes(store.pool.call("GET", name.decode()) or b"") for name in names]


def test_nobody_is_signed_in_and_nothing_is_lost_when_a_photograph_is_held_still(
    kiosk: Kiosk, elder: Walker
) -> None:
    spend(kiosk.city, PER_DAY - 1)
    camera_opens(kiosk, elder)
    still = [jpeg(before_camera(drawn(), near=0.7 + at / 50)) for at in range(4)]
    sends(elder, still)
    assert "did not see what was asked" in elder.words
    assert not Person.objects.exists()
    elder.press("action", "agree")
    camera_opens(kiosk, elder)
    assert sends(elder, frames_for(prompts_of(elder))).answer == "granted"


def spend(city: City, tries: int) -> None:
    """Today's attempts with the elder's card, but for the last."""
    document = person(ELDER).documents[0]
    blind = city.rooms.documents.blind(document.type, document.number).hex()
    attempts = city.hall.readings.attempts
    for _ in range(tries):
        held = attempts.hold(f"face:{blind}", blind, now=city.clock.now())
        assert held
        attempts.settle(held, costs=True)


def test_frames_in_another_order_do_not_do(kiosk: Kiosk, elder: Walker) -> None:
    camera_opens(kiosk, elder)
    sends(elder, frames_for(prompts_of(elder)[::-1]))
    assert "did not see what was asked" in elder.words
    assert ("method", "phone") in elder.form.buttons


def test_attempts_are_counted_when_another_person_stands_there(kiosk: Kiosk, elder: Walker) -> None:
    spend(kiosk.city, PER_DAY - 1)
    camera_opens(kiosk, elder, ANOTHERS_CHIP)
    sends(elder, frames_for(prompts_of(elder)))
    assert "do not seem to belong together" in elder.words
    elder.press("action", "agree")
    camera_opens(kiosk, elder)
    sends(elder, frames_for(prompts_of(elder)))

    assert "did not match several times" in elder.words
    assert not Person.objects.exists()
    told = {(each.outcome, each.device) for each in events("verification.failed")}
    assert told == {("mismatch", kiosk.shell.device_id)}


def test_frames_are_judged_once_and_in_time_when_they_come_again_or_late(
    city: City, kiosk: Kiosk, elder: Walker
) -> None:
    camera_opens(kiosk, elder)
    before, frames = elder.form, frames_for(prompts_of(elder))
    city.clock.advance(seconds=PROMPTS_TTL + 1)
    sends(elder, frames)
    assert "It took too long" in elder.words
    elder.press("action", "agree")
    camera_opens(kiosk, elder)
    wanted, fresh = frames_for(prompts_of(elder)), elder.form

    elder.form = before  # the form of the first look, with its nonce, once more
    sends(elder, frames)
    assert not elder.left_to
    elder.form = fresh
    sends(elder, wanted, nonce=before.fields["nonce"])
    assert "It took too long" in elder.words
    assert not Person.objects.exists()


@pytest.mark.parametrize(
    ("key", "chip", "words"),
    [
        pytest.param("adult", CHIP, "not on the reader any more", id="another card"),
        pytest.param(ELDER, b"", "cannot show the photograph", id="a reader without photographs"),
    ],
)
def test_camera_stays_closed_when_the_card_is_another_or_shows_no_photograph(
    key: str, chip: bytes, words: str, kiosk: Kiosk, elder: Walker
) -> None:
    assert kiosk.lay_card_again(key, chip).status_code == 202
    again(elder)
    assert words in elder.words
    assert ("method", "phone") in elder.form.buttons


def test_photograph_is_refused_when_its_digest_was_not_signed(kiosk: Kiosk, elder: Walker) -> None:
    for changed in ({"chip_photo_sha256": "short"}, {"chip_photo_sha256": "A" * 43}):
        assert kiosk.lay_card_again(ELDER, CHIP, **changed).status_code == 400
        again(elder)
        assert not prompts_of(elder)
        if kiosk.reader.asked() is None:
            break


def test_picture_stays_closed_for_another_browser(
    kiosk: Kiosk, elder: Walker, store: ValkeyStore
) -> None:
    camera_opens(kiosk, elder)
    sittings: Sittings = kiosk.city.hall.readings.sittings
    assert store
    assert sittings.fetch(elder.form.fields["nonce"], "x" * 43, errand="journey") is None


def test_camera_is_never_asked_for_of_a_child_and_left_alone_when_somebody_goes_back(
    kiosk: Kiosk, elder: Walker
) -> None:
    camera_opens(kiosk, elder)
    elder.press("action", "back")
    assert "I agree: compare my face" in elder.words
    elder.press("action", "another_card")
    assert kiosk.lay_card("minor").status_code == 202
    again(elder)
    assert "For children under 14" in elder.words
    assert ("action", "agree") not in elder.form.buttons


def test_only_the_page_with_the_prompts_may_open_the_camera(kiosk: Kiosk, elder: Walker) -> None:
    with override_settings(
        MIDDLEWARE=[
            "django_permissions_policy.PermissionsPolicyMiddleware",
            "deploy.page_headers.Camera",
        ]
    ):
        elder.http.handler.load_middleware()
        assert "camera=()" in again(elder).response["Permissions-Policy"]
        camera_opens(kiosk, elder)
        assert "camera=(self)" in elder.response["Permissions-Policy"]
        assert "microphone=()" in elder.response["Permissions-Policy"]
        elder.press("action", "back")
        assert "camera=()" in elder.response["Permissions-Policy"]


def test_enrolled_camera_is_asked_instead_when_one_stands_at_the_place(
    city: City, walker: Walker
) -> None:
    with kiosk_of(city) as whole:
        standing_before_nothing(whole, walker)
    assert "Lay your identity card" not in walker.words


def standing_before_nothing(kiosk: Kiosk, walker: Walker) -> None:
    """At a place with an enrolled camera, in a city where nobody compares what it takes."""
    kiosk.city.clients.add("kiosk", minimum_level=Level(ial=3, aal=1))
    kiosk.seat(walker)
    walker.enter(client_id="kiosk", ui_locales=("en",))
