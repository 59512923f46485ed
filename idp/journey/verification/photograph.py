"""A zone, photographed or typed, as values of the identity page's form; or what to put right.

Owns which documents can be photographed, how many wait for the camera at once, and which words go
with which fault. The picture is handed on in memory and kept nowhere; what was read is the person's
to check, and proves nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import BoundedSemaphore
from typing import Final, Protocol

from connectors.documents.document import InvalidDocumentNumber
from connectors.documents.mrz.reading import read_mrz
from connectors.documents.mrz.zone import InvalidMrz, Mrz, MrzFault
from connectors.documents.registry import CN_PASSPORT, DOCUMENT_TYPES, PASSPORT
from connectors.ocr.pictures import PictureFault, PictureRefused
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError

_AT_ONCE: Final = 2
"""Being read and waiting for it: a queue of photographs must not hold the threads of the pages."""
_CHINA: Final = "CHN"
REFUSALS: Final[Mapping[PictureFault, Mistake]] = {
    PictureFault.EMPTY: Mistake.PHOTOGRAPH_EMPTY,
    PictureFault.TOO_LARGE: Mistake.PHOTOGRAPH_TOO_LARGE,
    PictureFault.TOO_MANY_PIXELS: Mistake.PHOTOGRAPH_TOO_LARGE,
    PictureFault.TOO_SMALL: Mistake.PHOTOGRAPH_TOO_SMALL,
    PictureFault.NOT_A_PICTURE: Mistake.PHOTOGRAPH_NOT_A_PICTURE,
    PictureFault.FORMAT_NOT_TAKEN: Mistake.PHOTOGRAPH_FORMAT,
    PictureFault.CORRUPT: Mistake.PHOTOGRAPH_DAMAGED,
    PictureFault.NOTHING_WRITTEN: Mistake.PHOTOGRAPH_WITHOUT_ZONE,
    PictureFault.TOO_SLOW: Mistake.PHOTOGRAPH_TOO_SLOW,
    PictureFault.UNAVAILABLE: Mistake.PHOTOGRAPH_UNAVAILABLE,
}


class Camera(Protocol):
    """Whatever reads zones off pictures."""

    def read(self, picture: bytes, *, today: date) -> Mrz: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the form is filled with; `name` is empty where the zone has not the document's own."""

    document_type: str
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    birth_date: str = field(repr=False)
    needs_confirmation: bool

    @property
    def values(self) -> dict[str, str]:
        """The form's fields; one of which nothing was read is left as it is."""
        read = {
            "document_type": self.document_type,
            "document_number": self.document_number,
            "name": self.name,
            "birth_date": self.birth_date,
        }
        return {name: value for name, value in read.items() if value}


class Photographs:
    """Reads photographs, a few at once."""

    def __init__(self, camera: Camera, *, at_once: int = _AT_ONCE) -> None:
        self._camera = camera
        self._places = BoundedSemaphore(at_once)

    def read(
        self, picture: bytes | None, *, offered: Collection[str], today: date
    ) -> Reading | FormError:
        """What stands on a passport of one of the kinds `offered`."""
        if picture is None:
            return form_error(Mistake.PHOTOGRAPH_MISSING)
        if not self._places.acquire(blocking=False):
            return form_error(Mistake.PHOTOGRAPH_BUSY)
        try:
            zone = self._camera.read(picture, today=today)
        except PictureRefused as refusal:
            return form_error(REFUSALS[refusal.fault])
        except InvalidMrz as refusal:
            is_permit = refusal.fault is MrzFault.LAYOUT_NOT_PUBLIC
            return form_error(
                Mistake.PHOTOGRAPH_OF_ANOTHER if is_permit else Mistake.PHOTOGRAPH_UNCLEAR
            )
        finally:
            self._places.release()
        return reading_of(zone, offered=offered, today=today)


def read_typed_zone(text: str, *, offered: Collection[str], today: date) -> Reading | FormError:
    """What stands in a zone that was typed or pasted: its check digits prove every character."""
    try:
        zone = read_mrz(text, today=today)
    except InvalidMrz as refusal:
        is_permit = refusal.fault is MrzFault.LAYOUT_NOT_PUBLIC
        return form_error(Mistake.ZONE_OF_ANOTHER if is_permit else Mistake.ZONE_UNREADABLE)
    reading = reading_of(zone, offered=offered, today=today)
    is_another = reading == form_error(Mistake.PHOTOGRAPH_OF_ANOTHER)
    return form_error(Mistake.ZONE_OF_ANOTHER) if is_another else reading


def has_zone(document_type: str) -> bool:
    """Whether documents of this type bear a zone that can be read."""
    kind = DOCUMENT_TYPES.get(document_type)
    return kind is not None and bool(kind.mrz_formats)


def reading_of(zone: Mrz, *, offered: Collection[str], today: date) -> Reading | FormError:
    """A proven zone as the form's values: its kind of passport is told by who issued it.

    A Chinese passport's zone has the name in pinyin, which is not the name the register has.
    """
    kind = CN_PASSPORT if zone.issuer == _CHINA else PASSPORT
    if not zone.is_passport or kind not in offered:
        return form_error(Mistake.PHOTOGRAPH_OF_ANOTHER)
    try:
        number = DOCUMENT_TYPES[kind].normalise(zone.number)
    except InvalidDocumentNumber:
        return form_error(Mistake.PHOTOGRAPH_OF_ANOTHER)
    if zone.expiry.is_over(today):
        return form_error(Mistake.DOCUMENT_EXPIRED, day=zone.expiry.isoformat())
    is_whole = kind == PASSPORT and not zone.is_name_truncated
    born = zone.birth_date
    return Reading(
        document_type=kind,
        document_number=number,
        name=f"{zone.given_names} {zone.surname}".strip() if is_whole else "",
        birth_date=born.isoformat() if born and born.is_complete else "",
        needs_confirmation=zone.needs_confirmation,
    )
