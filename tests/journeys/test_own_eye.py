"""A kiosk of a city that no authority compares faces for: our own eye, and the card's own chip."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from connectors.inquiry import Connector
from connectors.lens.adapter import METHOD, LocalFaces
from connectors.lens.lens import Lens
from connectors.plan import Terms
from connectors.sandbox.server import SandboxServer
from idp.foundation.storage import ValkeyStore
from idp.subjects.models import Evidence, PurposeConsent
from policies.levels import Level
from tests.city import Asked, City, built_city
from tests.connectors.drawn_faces import ANOTHER, drawn, jpeg, side_by_side
from tests.places import Kiosk, again, agree, kiosk_of, settled, standing_before
from tests.waiting import wait_until
from tests.walker import Walker

pytestmark = [pytest.mark.requirement("R6"), pytest.mark.requirement("R10"), pytest.mark.slow]
LIVING = jpeg(drawn())
IN_THE_CHIP = jpeg(drawn().resize((102, 126)))


@pytest.fixture(scope="module")
def eye() -> Iterator[LocalFaces]:
    lens = Lens(patience=60)
    yield LocalFaces(lens)
    lens.child.close()


@pytest.fixture
def city(
    eye: LocalFaces,
    transactional_db: None,
    store: ValkeyStore,
    local_sandbox: SandboxServer,
    settings: Settings,
) -> Iterator[City]:
    """A city whose only authority compares no faces."""
    del transactional_db
    ours = Connector(terms=Terms(name=METHOD, order=1_000), adapter=eye)
    asked = Asked(kinds=("population_library",), more=(ours,))
    with built_city(store, local_sandbox, asked=asked) as built:
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
        settings.ROOT_URLCONF = built
        yield built


@pytest.fixture
def kiosk(city: City) -> Iterator[Kiosk]:
    with kiosk_of(city) as built:
        yield built


def looks(kiosk: Kiosk, image: bytes, chip: bytes) -> None:
    """The camera's agent hands in both pictures: the living face, and the one in the chip."""
    task = kiosk.camera.asked()
    answer = kiosk.camera.say("readings", kiosk.camera.capture(image, task["nonce"], chip=chip))
    assert answer.status_code == 202, answer.content


def test_level_three_is_reached_without_an_authority_when_face_and_chip_are_one_persons(
    city: City, kiosk: Kiosk, walker: Walker
) -> None:
    agree(kiosk, standing_before(kiosk, walker))
    assert PurposeConsent.objects.count() == 0
    looks(kiosk, LIVING, IN_THE_CHIP)
    settled(walker)

    assert walker.answer == "granted"
    assert city.door.granted.level == Level(ial=3, aal=2)
    evidence = Evidence.objects.get(method=METHOD)
    assert evidence.circumstances == ["chip_photo", "liveness"]
    assert evidence.device == kiosk.camera.device_id
    assert evidence.authority == "cn_id_card_chip"
    values = city.rooms.chain.values_of(evidence)
    assert 0.55 <= float(values["face_score"]) <= 1
    assert set(values) == {"name", "document_number", "birthdate", "gender", "face_score"}
    assert PurposeConsent.objects.get().purpose == "face_comparison"


@pytest.mark.parametrize(
    ("image", "chip", "words"),
    [
        pytest.param(
            jpeg(side_by_side(drawn(), drawn(ANOTHER))),
            IN_THE_CHIP,
            "could not see your face",
            id="two people",
        ),
        pytest.param(
            jpeg(Image.new("RGB", (320, 400))), IN_THE_CHIP, "could not see your face", id="nobody"
        ),
        pytest.param(
            LIVING, jpeg(Image.new("RGB", (102, 126))), "could not decide", id="no face in the chip"
        ),
        pytest.param(LIVING, b"", "", id="no photograph of the chip"),
    ],
)
def test_nobody_is_signed_in_and_another_way_stands_there_when_the_faces_do_not_do(
    image: bytes, chip: bytes, words: str, city: City, kiosk: Kiosk, walker: Walker
) -> None:
    agree(kiosk, standing_before(kiosk, walker))
    looks(kiosk, image, chip)
    wait_until(lambda: "Please look into the camera" not in again(walker).words)

    assert words in walker.words
    assert not walker.left_to
    assert ("method", "phone") in walker.form.buttons
    assert not Evidence.objects.filter(method=METHOD).exists()
    assert not city.door.outcomes


def test_chip_photograph_is_refused_when_its_digest_was_not_signed(
    kiosk: Kiosk, walker: Walker
) -> None:
    agree(kiosk, standing_before(kiosk, walker))
    nonce = kiosk.camera.asked()["nonce"]
    for changed in ({"chip_photo_sha256": "short"}, {"chip_photo_sha256": "A" * 43}):
        said = kiosk.camera.capture(LIVING, nonce, chip=IN_THE_CHIP, **changed)
        answer = kiosk.camera.say("readings", said)
        assert answer.status_code == 400, answer.content
