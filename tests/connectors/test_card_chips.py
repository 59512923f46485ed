"""The 256 bytes of a chip, byte by byte from the readers' description, and the recorded reading."""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.camera.settings import CameraSettings
from connectors.card_reader.adapter import CardReader
from connectors.card_reader.layout import UnreadableCard, read_text
from connectors.card_reader.settings import CardReaderSettings
from connectors.devices import Challenge, EnrolledDevice
from connectors.documents.document import Sex
from connectors.outcomes import Outcome
from connectors.sandbox.card_chips import has_chip, text_block
from connectors.sandbox.population import person

RECORDED = Path(__file__).parent / "recordings" / "card_reader.jws"
NOW = datetime(2026, 3, 1, 8, 30, 5, tzinfo=UTC)
# RFC 8037 appendix A: the published key pair, whose private part is therefore known to all.
PUBLIC = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
KEY_ID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


class OneDevice:
    """An `EnrolledDevices` and `ReadingChallenges` with one device and one nonce."""

    def find(self, key_id: str) -> EnrolledDevice | None:
        if key_id != KEY_ID:
            return None
        return EnrolledDevice(
            device_id="device-1",
            key_id=KEY_ID,
            kind="id_card_reader",
            place="hall",
            public_jwk=PUBLIC,
            is_attended=True,
        )

    def advance(self, device_id: str, *, counter: int, now: datetime) -> bool:
        return (device_id, counter, now) == ("device-1", 42, NOW)

    def take(self, nonce: str, *, place: str) -> Challenge:
        return Challenge.FRESH if (nonce, place) == ("nonce-1", "desk-1") else Challenge.UNKNOWN


def test_recorded_reading_is_believed_byte_for_byte() -> None:
    device = OneDevice()
    reader = CardReader(CardReaderSettings(), devices=device, challenges=device)

    read = reader.read(RECORDED.read_text().strip(), place="desk-1", now=NOW)

    assert read.result.outcome is Outcome.MATCH
    assert read.result.identity_level == 4
    assert read.card
    assert (read.card.name, read.card.number) == ("陈思远", "350200198803149915")
    assert (read.card.sex, read.card.birth_date) == (Sex.MALE, date(1988, 3, 14))
    assert (read.card.valid_from, read.card.valid_until) == (date(2020, 12, 31), date(2040, 12, 31))
    assert read.card.authority == "厦门市公安局示例分局"
    assert read.card.details == {"nation": "01", "address": "福建省厦门市思明区示例路1号"}


@pytest.mark.spec("RFC 7638 §3", "thumbprint")
def test_key_is_named_by_its_published_thumbprint() -> None:
    members = json.dumps(PUBLIC, sort_keys=True, separators=(",", ":")).encode()
    digest = urlsafe_b64encode(hashlib.sha256(members).digest()).rstrip(b"=").decode()

    assert digest == KEY_ID


def block(*fields: tuple[str, int]) -> bytes:
    """Written from the description, not by the sandbox: two bytes a character, spaces after."""
    return (
        "".join(text.ljust(length // 2) for text, length in fields).ljust(128).encode("utf-16-le")
    )


def resident(**changed: str) -> bytes:
    values = {
        "name": "陈思远",
        "sex": "1",
        "nation": "01",
        "birth_date": "19880314",
        "address": "某地",
        "number": "350200198803149915",
        "authority": "某局",
        "valid_from": "20201231",
        "valid_until": "20401231",
        "rest": "",
        "type": "",
    } | changed
    lengths = (30, 2, 4, 16, 70, 36, 30, 16, 16, 28, 2)
    return block(*zip(values.values(), lengths, strict=True))


def test_text_is_read_when_the_card_is_for_ever() -> None:
    assert read_text(resident(valid_until="长期")).valid_until is None


def test_text_is_read_when_it_is_a_residence_permit() -> None:
    someone = person("hongkong")
    permit = next(one for one in someone.documents if one.type == "residence_permit_hmt")
    octets = resident(name=someone.name, number=permit.number, birth_date="19940823", type="J")
    octets = (
        octets[:220] + "H99900001".encode("utf-16-le") + "01".encode("utf-16-le") + octets[242:]
    )

    card = read_text(octets)

    assert card.document_type == "residence_permit_hmt"
    assert (card.details["permit_number"], card.details["issue"]) == ("H99900001", "01")


def permanent_resident(**changed: str) -> bytes:
    values = {
        "name_latin": "AIGERIM NURLANOVA",
        "sex": "2",
        "number": "KAZ110090123105",
        "nationality": "KAZ",
        "name": "",
        "valid_from": "20181231",
        "valid_until": "20281231",
        "birth_date": "19901231",
        "version": "01",
        "authority": "1500",
        "type": "I",
        "rest": "",
    } | changed
    lengths = (120, 2, 30, 6, 30, 16, 16, 16, 4, 8, 2, 6)
    return block(*zip(values.values(), lengths, strict=True))


def test_text_is_read_when_it_is_a_permanent_residents_of_2017() -> None:
    card = read_text(permanent_resident())

    assert (card.name, card.number) == ("AIGERIM NURLANOVA", "KAZ110090123105")
    assert card.details["nationality"] == "KAZ"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"number": "350200198803149914"}, "wrong_number_or_name"),
        ({"name": ""}, "wrong_number_or_name"),
        ({"birth_date": "19880315"}, "contradicts_itself"),
        ({"birth_date": "19881340"}, "wrong_date"),
        ({"valid_until": "永远"}, "wrong_date"),
        ({"type": "Z"}, "unknown_layout"),
    ],
)
def test_text_is_refused_when_it_cannot_be_true(changed: dict[str, str], code: str) -> None:
    with pytest.raises(UnreadableCard) as refused:
        read_text(resident(**changed))

    assert refused.value.code == code


def test_text_is_refused_when_its_type_is_no_character() -> None:
    octets = resident()
    with pytest.raises(UnreadableCard):
        read_text(octets[:248] + b"\x00\xd8" + octets[250:])
    with pytest.raises(UnreadableCard):
        read_text(octets[:-2])


def test_text_is_refused_when_its_short_birth_date_contradicts_the_long_one() -> None:
    with pytest.raises(UnreadableCard, match="contradicts_itself"):
        read_text(permanent_resident(birth_date="19901230"))


@pytest.mark.parametrize("values", [{"longest_age": 0.0}, {"clock_skew": -1.0}])
def test_settings_are_refused_when_nothing_could_be_fresh(values: dict[str, float]) -> None:
    for settings in (CardReaderSettings, CameraSettings):
        with pytest.raises(ValueError, match="seconds"):
            settings(**values)
    with pytest.raises(ValueError, match="octets"):
        CameraSettings(largest_portrait=0)


def ask(sandbox: Any, path: str, value: object) -> int:
    headers = {"Content-Type": "application/json"}
    status: int = sandbox.ask("POST", path, body=json.dumps(value).encode(), headers=headers)[0]
    return status


def test_simulated_reader_refuses_when_there_is_nothing_to_read(sandbox: Any) -> None:
    assert ask(sandbox, "/devices/reader-hall-1/read", {"nonce": "n"}) == 409
    assert ask(sandbox, "/devices/reader-hall-1", {"present": {"person": "foreigner"}}) == 200
    assert ask(sandbox, "/devices/reader-hall-1/read", {"nonce": "n"}) == 409
    assert ask(sandbox, "/devices/reader-hall-1/read", {}) == 400
    assert ask(sandbox, "/devices/reader-hall-1/dance", {}) == 404
    assert ask(sandbox, "/devices/camera-kiosk-1/read", {"nonce": "n"}) == 404


def test_simulated_devices_say_only_what_their_kind_says(sandbox: Any) -> None:
    asked = {"audience": "https://id.city.example", "nonce": "n"}
    assert ask(sandbox, "/devices/kiosk-1/sit", asked) == 200
    assert ask(sandbox, "/devices/kiosk-1/sit", {}) == 400
    assert ask(sandbox, "/devices/kiosk-1/look", asked) == 404
    assert ask(sandbox, "/devices/reader-kiosk-1/poll", asked) == 200
    assert ask(sandbox, "/devices/reader-kiosk-1/sit", asked) == 404
    assert ask(sandbox, "/devices/camera-kiosk-1/look", asked) == 409
    assert ask(sandbox, "/devices/camera-kiosk-1", {"present": {"person": "elder"}}) == 200
    assert ask(sandbox, "/devices/camera-kiosk-1/look", asked) == 200
    assert ask(sandbox, "/devices/camera-kiosk-1", {"present": None}) == 200


def test_simulated_reader_reads_a_permanent_residents_older_card() -> None:
    someone = person("permanent_resident")
    [older] = [one for one in someone.documents if has_chip(one)]

    assert read_text(text_block(someone, older)).number == older.number
