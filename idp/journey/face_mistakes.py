"""The words for what can go wrong before a camera, whether it verifies people or signs them in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from idp.journey.mistake_names import Mistake

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FACE_WORDS: Final[dict[Mistake, tuple[str, StrOrPromise]]] = {
    Mistake.FACE_DIFFERS: (
        "",
        _("Face and document do not seem to belong together. Look straight into the camera again."),
    ),
    Mistake.FACE_UNCLEAR: (
        "",
        _("The camera could not see your face well. Take off hat or mask, and look again."),
    ),
    Mistake.FACE_UNSEEN: ("", _("The camera saw nobody. Stand before it and try again.")),
    Mistake.FACE_NOT_ALONE: (
        "",
        _("The camera saw more than one face. Please stand before it alone, and try again."),
    ),
    Mistake.FACE_WRONG_POSTURE: (
        "",
        _("The camera did not see what was asked. Follow the picture slowly, and try again."),
    ),
    Mistake.FACE_TOO_LATE: (
        "",
        _("It took too long. Nothing is lost: leave your card on the reader, and try again."),
    ),
    Mistake.FACE_TOO_MANY: (
        "",
        _("Several faces are being looked at. Please wait a moment, and try again."),
    ),
    Mistake.FACE_UNDECIDED: (
        "",
        _("The authority could not decide by your face. Nothing is wrong: choose another way."),
    ),
    Mistake.FACE_AUTHORITY_DOWN: (
        "",
        _("The authority does not answer. It is not your doing: try again, or another way."),
    ),
    Mistake.FACE_TRIES_USED: (
        "",
        _("Face and card did not match several times. Please choose another way today."),
    ),
    Mistake.FACE_OF_CHILD: (
        "",
        _("For children under 14 a guardian agrees. Please come to a service window together."),
    ),
    Mistake.FACE_UNAVAILABLE: (
        "",
        _("A face cannot be compared for this document here. Please choose another way."),
    ),
    Mistake.FACE_NOT_RECOGNISED: (
        "",
        _("The authority did not recognise you. Look straight into the camera, or go another way."),
    ),
    Mistake.FACE_CANCELLED: (
        "",
        _("You came back without a result. No attempt was used up: try again, or another way."),
    ),
    Mistake.FACE_REFUSED: (
        "",
        _("What came back was too late, or was used before. Try again, or choose another way."),
    ),
    Mistake.FACE_USED_UP: (
        "",
        _("Your face was not recognised several times. Please choose another way today."),
    ),
}
