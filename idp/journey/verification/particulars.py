"""The ways of name and number: the page on which they are typed or read off a photograph.

One class, several ways: beside name and number one asks for nothing, one tells the person's own
phone along, one asks for a bank card. Whom to ask is the desk's, reading the form is `form`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from connectors.documents.names import mask_name
from connectors.documents.registry import RESIDENT_ID_CARD
from connectors.evidence import IdentityClaim, Particular
from connectors.mobile_operator.adapter import unknown_to_operators
from connectors.outcomes import Outcome
from idp.foundation.clock import today_in_shanghai
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError, Page
from idp.journey.steps import Advance, Reply, Turn
from idp.journey.verification.desk import (
    HELD_BY_ANOTHER,
    HOLDS_ANOTHER,
    NOT_TIED,
    PENDING,
    CheckOrder,
    VerificationDesk,
)
from idp.journey.verification.form import read_claim
from idp.journey.verification.pages import (
    DOCUMENTS,
    DocumentChoice,
    IdentityPage,
    Setback,
    WaitingPage,
    authority_name,
)
from idp.journey.verification.photograph import Photographs, Reading, has_zone, read_typed_zone
from idp.journey.verification.setbacks import setback_of, setback_page
from idp.journey.verification.ways import Fit, Scene, Situation, likely_document
from idp.subjects.identifiers import mask_phone
from idp.subjects.known_names import KnownNames

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_MISTAKES: Final[Mapping[str, Mistake]] = {
    Outcome.MISMATCH: Mistake.NAME_AND_NUMBER_DIFFER,
    Outcome.INVALID_INPUT: Mistake.DOCUMENT_NUMBER_UNREADABLE,
    HELD_BY_ANOTHER: Mistake.IDENTITY_IN_USE,
    HOLDS_ANOTHER: Mistake.NAME_AND_NUMBER_DIFFER,
    NOT_TIED: Mistake.DOCUMENT_NOT_TIED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticularsWay:
    """A `Way`. What is typed is kept in the journey, so that no error and no switch loses it.

    `photographs` is None where none can be read; `mismatch` are the words where what is asked for
    beside name and number may be what does not belong to them. A name that the account tells
    need not be typed; once an authority disagreed, it is.
    """

    name: str
    label: "StrOrPromise"
    detail: "StrOrPromise"
    desk: VerificationDesk
    names: KnownNames
    photographs: Photographs | None = None
    mismatch: Mistake = Mistake.NAME_AND_NUMBER_DIFFER

    def fit(self, situation: Situation) -> Fit | None:
        if Particular.PHONE in self.desk.extras and unknown_to_operators(situation.phone):
            return None
        offered = self._documents()
        if not offered:
            return None
        document_type = _likely(situation, offered)
        prospects = self.desk.prospects(document_type, now=situation.now)
        if prospects is None:
            return None
        return Fit(
            reaches=2,
            is_well=prospects.is_well,
            is_familiar=prospects.method in situation.methods,
            takes_preparation=bool(self.desk.extras),
            order=prospects.order,
            cost=prospects.cost,
            typed=2 + len(prospects.needs - {Particular.PHONE}),
        )

    def begin(self, turn: Turn, scene: Scene) -> Reply:  # noqa: ARG002 - a way's shape
        """Name and number stay: what one way was told need not be told to the next."""
        kept = {
            f"verification_{field}": typed
            for field, name in (("name", "name"), ("number", "document_number"))
            if (typed := turn.typed.get(name))
        }
        anew = {"verification_setback": "", "verification_check": ""}
        return Advance(changes={**kept, **anew, "verification_way": self.name})

    def show(self, turn: Turn, scene: Scene) -> Reply:
        progress = turn.progress
        if progress.verification_check:
            look = self.desk.look(progress.verification_check, now=turn.now)
            if look.outcome == PENDING:
                return WaitingPage(
                    **turn.frame,
                    refresh_url=turn.frame["journey_action"],
                    refresh_seconds=look.pause,
                    news_url=turn.news_url,
                    authority=self._authority(turn, scene),
                )
            return Advance(
                changes={"verification_check": "", "verification_setback": look.outcome},
                then=lambda: self.desk.forget(progress.verification_check),
            )
        return self._after(turn, progress.verification_setback, scene)

    def submit(self, turn: Turn, scene: Scene) -> Reply:
        if turn.typed.get("action") == "check":
            return self.show(turn, scene)
        if chosen := turn.typed.get("document"):
            return self._choose(turn, chosen, scene)
        is_read = turn.typed.get("action") == "read"
        is_zone_alone = turn.typed.get("zone") and not turn.typed.get("document_number")
        if is_read or turn.typed.photograph is not None or is_zone_alone:
            # Whoever took a picture and pressed the main button meant it to be read, too.
            return self._read(turn, scene)
        return self._verify(turn, scene)

    def _choose(self, turn: Turn, chosen: str, scene: Scene) -> Reply:
        """Another document: its number is another too, the name stays."""
        if chosen not in {each.value for each in self._documents()}:
            return self._identity(turn, scene, form_error(Mistake.DOCUMENT_TYPE_UNKNOWN))
        changes = {
            "verification_document": chosen,
            "verification_name": turn.typed.get("name"),
            "verification_number": "",
            "verification_setback": "",
        }
        return Advance(changes=changes)

    def _read(self, turn: Turn, scene: Scene) -> Reply:
        """What stands on a photograph, in the form: only the person says that it is right."""
        offered = {each.value for each in self._documents()}
        today = today_in_shanghai(turn.now)
        reading: Reading | FormError
        if turn.typed.photograph is None and (zone := turn.typed.get("zone")):
            reading = read_typed_zone(zone, offered=offered, today=today)
        elif self.photographs is None:
            reading = form_error(Mistake.PHOTOGRAPH_UNAVAILABLE)
        else:
            reading = self.photographs.read(turn.typed.photograph, offered=offered, today=today)
        if isinstance(reading, FormError):
            return self._identity(turn, scene, reading)
        typed = replace(turn.typed, values={**turn.typed.values, **reading.values})
        return self._identity(replace(turn, typed=typed), scene, reading=reading)

    def _verify(self, turn: Turn, scene: Scene) -> Reply:
        document_type = turn.typed.get("document_type") or self._document_type(turn, scene)
        if document_type not in {each.value for each in self._documents()}:
            return self._identity(turn, scene, form_error(Mistake.DOCUMENT_TYPE_UNKNOWN))
        asked = self.desk.particulars_asked(document_type) or frozenset()
        today = today_in_shanghai(turn.now)
        typed = turn.typed
        if not typed.get("name"):
            typed = replace(typed, values={**typed.values, "name": self._known_name(turn, scene)})
        claim = read_claim(typed, document_type, asked=asked, today=today)
        if isinstance(claim, FormError):
            return self._identity(turn, scene, claim)
        if Particular.PHONE in asked:
            claim = replace(claim, phone=scene.situation.phone)
        return self._ask(turn, scene, claim)

    def _ask(self, turn: Turn, scene: Scene, claim: IdentityClaim) -> Reply:
        order = CheckOrder(
            journey_id=turn.journey.id,
            person_id=scene.situation.person_id,
            client_id=turn.client.client_id,
            claim=claim,
        )
        outcome = self.desk.order(order, now=turn.now)
        kept: dict[str, object] = {
            "verification_way": self.name,
            "verification_name": turn.typed.get("name"),
            "verification_number": turn.typed.get("document_number"),
            "verification_document": claim.document_type,
            "verification_birth_date": turn.typed.get("birth_date"),
            "verification_bank_card": turn.typed.get("bank_card"),
        }
        if outcome == PENDING:
            return Advance(changes={**kept, "verification_check": order.id})
        return Advance(changes={**kept, "verification_check": "", "verification_setback": outcome})

    def _after(self, turn: Turn, outcome: str, scene: Scene) -> Page:
        """The page after an outcome: what to put right, a setback, or simply the question."""
        left = self.desk.attempts_left(scene.situation.person_id, now=turn.now)
        if mistake := _MISTAKES.get(outcome):
            if left == 0:
                return setback_page(turn, Setback.NO_ATTEMPTS_LEFT, scene.others)
            error = None if turn.typed.values else form_error(self._worded(turn, scene, mistake))
            return self._identity(turn, scene, error, attempts_left=left)
        if setback := setback_of(outcome):
            return setback_page(turn, setback, scene.others, authority=self._authority(turn, scene))
        if left == 0:
            return setback_page(turn, Setback.NO_ATTEMPTS_LEFT, scene.others)
        return self._identity(turn, scene)

    def _worded(self, turn: Turn, scene: Scene, mistake: Mistake) -> Mistake:
        """What may differ is everything that was asked for."""
        if mistake is not Mistake.NAME_AND_NUMBER_DIFFER:
            return mistake
        asks_birth_date = Particular.BIRTH_DATE in self._asked(self._document_type(turn, scene))
        return Mistake.PARTICULARS_DIFFER if asks_birth_date else self.mismatch

    def _identity(
        self,
        turn: Turn,
        scene: Scene,
        error: FormError | None = None,
        *,
        attempts_left: int | None = None,
        reading: Reading | None = None,
    ) -> Page:
        frame = {**turn.frame, "errors": (error,) if error else turn.errors}
        typed, progress = turn.typed, turn.progress
        situation, documents = scene.situation, self._documents()
        document_type = _chosen_type(turn, scene, documents)
        asked = self._asked(document_type)
        is_from_afar = turn.language != "zh-hans" or not situation.phone.startswith("+86")
        return IdentityPage(
            **frame,
            documents=documents,
            document_type=document_type,
            shows_documents=is_from_afar,
            name=typed.get("name") or progress.verification_name,
            masked_name=mask_name(name) if (name := self._known_name(turn, scene)) else "",
            document_number=typed.get("document_number") or progress.verification_number,
            asks_birth_date=Particular.BIRTH_DATE in asked,
            birth_date=typed.get("birth_date") or progress.verification_birth_date,
            latest_birth_date=today_in_shanghai(turn.now).isoformat(),
            asks_bank_card=Particular.BANK_CARD in asked,
            bank_card=typed.get("bank_card") or progress.verification_bank_card,
            masked_phone=mask_phone(situation.phone) if Particular.PHONE in asked else "",
            authority=self._authority_for(document_type, turn),
            attempts_left=attempts_left,
            takes_zone=_has_zone(turn, document_type, documents, is_from_afar=is_from_afar),
            takes_photograph=self.photographs is not None,
            zone="" if reading else typed.get("zone"),
            is_for_passport=not has_zone(document_type),
            reading=reading,
            other_ways=scene.others,
        )

    def _documents(self) -> tuple[DocumentChoice, ...]:
        """Those that somebody here can check."""
        asked = self.desk.particulars_asked
        return tuple(kind for kind in DOCUMENTS if asked(kind.value) is not None)

    def _document_type(self, turn: Turn, scene: Scene) -> str:
        return _chosen_type(turn, scene, self._documents())

    def _known_name(self, turn: Turn, scene: Scene) -> str:
        is_doubted = turn.progress.verification_setback in _MISTAKES
        return "" if is_doubted else self.names.of(scene.situation.person_id)

    def _asked(self, document_type: str) -> frozenset[Particular]:
        return self.desk.particulars_asked(document_type) or frozenset()

    def _authority(self, turn: Turn, scene: Scene) -> "StrOrPromise":
        return self._authority_for(self._document_type(turn, scene), turn)

    def _authority_for(self, document_type: str, turn: Turn) -> "StrOrPromise":
        prospects = self.desk.prospects(document_type, now=turn.now)
        return authority_name(prospects.authority) if prospects else ""


def _chosen_type(turn: Turn, scene: Scene, offered: tuple[DocumentChoice, ...]) -> str:
    said = turn.typed.get("document_type") or turn.progress.verification_document
    is_offered = any(said == each.value for each in offered)
    return said if is_offered else _likely(scene.situation, offered)


def _has_zone(
    turn: Turn, document_type: str, offered: tuple[DocumentChoice, ...], *, is_from_afar: bool
) -> bool:
    """Who may hold a passport has its zone read at once: what it is, the zone itself tells."""
    if has_zone(document_type):
        return True
    is_settled = bool(turn.progress.verification_document) or not is_from_afar
    return not is_settled and any(has_zone(each.value) for each in offered)


def _likely(situation: Situation, offered: tuple[DocumentChoice, ...]) -> str:
    """The document to begin with: one the person has shown, or what their number's country says."""
    known = [each.value for each in offered]
    wished = (*situation.documents, likely_document(situation), RESIDENT_ID_CARD)
    return next((each for each in wished if each in known), known[0])
