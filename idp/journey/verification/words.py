"""What people call the ways that lead to other people's pages."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from idp.journey.verification.pages import OtherWay
from idp.subjects.level_rules import CTID, FACE_AT_AUTHORITY, IMMIGRATION, NETWORK_IDENTITY

VISIT_WORDS: Final[Mapping[str, OtherWay]] = {
    NETWORK_IDENTITY: OtherWay(
        label=_("National network identity"),
        detail=_(
            "With the network identity app, if you applied there. We learn only that it is you."
        ),
    ),
    CTID: OtherWay(
        label=_("CTID network credential"),
        detail=_("With the CTID app or mini program, if your ID card is registered there."),
    ),
    FACE_AT_AUTHORITY: OtherWay(
        label=_("Your face"),
        detail=_("You look into the camera of this phone or computer. No picture is kept."),
    ),
    IMMIGRATION: OtherWay(
        label=_("Your face, beside your travel document"),
        detail=_("You look into your camera at the immigration authority. No picture is kept."),
    ),
}
"""Words for each method that is a visit. One without words here is no way of this step."""
