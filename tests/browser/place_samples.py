"""The pages at a kiosk and of a face, with made-up contents, for the gallery."""

from dataclasses import replace

from connectors.lens.prompted import Prompt
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import ClientShown, Page, Stage
from idp.journey.readings.pages import (
    BY_PHONE,
    LoginCardPage,
    LoginChipPage,
    LoginFacePage,
    LoginLookPage,
    LoginPromptsPage,
)
from idp.journey.risk.signals import in_words
from idp.journey.verification.explanations import UNUSUAL
from idp.journey.verification.pages import WINDOW, FaceConsentPage, authority_name

_STAGES = (Stage.LOGIN, Stage.CONSENT)
_WAYS = (BY_PHONE, WINDOW)


def at_a_place(language: str, portal: ClientShown) -> dict[str, Page]:
    """The pages a person meets at a kiosk."""
    del language
    card = LoginCardPage(
        client=portal,
        stages=_STAGES,
        refresh_url="/page/place-card",
        refresh_seconds=600,
        slow_refresh_seconds=600,
        other_ways=_WAYS,
    )
    face = LoginFacePage(
        client=portal,
        stages=_STAGES,
        masked_name="**土",
        notice_version="2026-11",
        other_ways=_WAYS,
    )
    consent = FaceConsentPage(
        client=portal,
        stages=(Stage.LOGIN, Stage.VERIFICATION),
        notice_version="2026-11",
        authority=authority_name("cn_face_comparison"),
    )
    unusual = replace(consent, reason=UNUSUAL, because=in_words(("new_device",)))
    prompts = LoginPromptsPage(
        client=portal,
        stages=_STAGES,
        nonce="nonce",
        prompts=(Prompt.LEFT, Prompt.STRAIGHT, Prompt.NEARER, Prompt.RIGHT),
        other_ways=_WAYS,
    )
    waits = {"refresh_url": "/page/place-look", "refresh_seconds": 600}
    return {
        "place-face-here": replace(face, looks_here=True),
        "place-face-posture": replace(
            face, looks_here=True, errors=(form_error(Mistake.FACE_WRONG_POSTURE),)
        ),
        "place-chip": LoginChipPage(
            client=portal, stages=_STAGES, slow_refresh_seconds=600, **waits
        ),
        "place-prompts": prompts,
        "face-consent": consent,
        "face-consent-unusual": unusual,
        "face-differs": replace(consent, errors=(form_error(Mistake.FACE_DIFFERS),)),
        "place-card": card,
        "place-face": face,
        "place-face-child": replace(
            face, can_agree=False, errors=(form_error(Mistake.FACE_OF_CHILD),)
        ),
        "place-look": LoginLookPage(
            client=portal,
            stages=_STAGES,
            refresh_url="/page/place-look",
            refresh_seconds=600,
            slow_refresh_seconds=600,
        ),
    }
