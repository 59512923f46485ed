"""People, sessions and the hall, wired to the authorities this deployment asks."""

from dataclasses import dataclass

from connectors.ocr.camera import MrzCamera, is_available
from deploy.composition.authorities import (
    inquiries,
    message_delivery,
    methods_of,
    partners,
    placed,
    prompted_faces,
    visits,
)
from deploy.composition.clients import ClientsRoom
from deploy.composition.ground import Ground
from deploy.composition.lease import decided_under_lease
from idp.channels.connector_desk import Placed
from idp.foundation.tally import STEP
from idp.journey.access.city_policies import CityPolicies
from idp.journey.access.history import DecisionHistory
from idp.journey.assembly import Outside, SubjectRooms, build_hall, build_subjects
from idp.journey.dispatcher import Dispatcher, Watch
from idp.journey.errands import Errands
from idp.journey.foundations import Foundations
from idp.journey.outcome import Door
from idp.journey.waits import Waits
from idp.subjects.merging import Merging
from idp.subjects.papers import PapersReader
from idp.tokens.known_by import Acquaintances


@dataclass(frozen=True, slots=True, kw_only=True)
class HallRooms:
    """`doors` is filled once the doors stand: they need the hall first."""

    foundations: Foundations
    subjects: SubjectRooms
    hall: Dispatcher
    doors: dict[str, Door]
    merging: Merging
    policies: CityPolicies
    history: DecisionHistory
    connectors: tuple[Placed, ...]
    errands: Errands


def open_hall(ground: Ground, clients: ClientsRoom) -> HallRooms:
    foundations = _foundations(ground)
    subjects = build_subjects(foundations)
    doors: dict[str, Door] = {}
    policies, errands = CityPolicies(), Errands()
    history = DecisionHistory(ground.database, clock=ground.clock)
    ground.watch.register(policies.reload)
    delivery, asked, visited = message_delivery(ground), inquiries(ground), visits(ground)
    outside = Outside(
        clients=clients.directory,
        decide=decided_under_lease(policies.decide, ground.watch),
        delivery=delivery,
        reaches=delivery.reaches,
        inquiries=asked,
        errands=errands,
        waits=Waits(errands),
        doors=doors,
        methods=methods_of(ground),
        camera=MrzCamera() if is_available() else None,
        prompted=prompted_faces(ground),
        visits=visited,
        watch=_steps_counted(ground),
        partners=partners(ground),
        remember=lambda facts, decision, at: history.add(facts, decision, at=at),
    )
    return HallRooms(
        foundations=foundations,
        subjects=subjects,
        hall=build_hall(foundations, subjects, outside),
        doors=doors,
        merging=_merging(ground, clients, subjects),
        policies=policies,
        history=history,
        connectors=placed(asked, visited, delivery),
        errands=errands,
    )


def _foundations(ground: Ground) -> Foundations:
    return Foundations(
        settings=ground.settings,
        clock=ground.clock,
        store=ground.store,
        sealer=ground.sealer,
        index=ground.index,
    )


def _steps_counted(ground: Ground) -> Watch:
    def count(step: str, what: str, client_id: str) -> None:
        ground.tally.count(STEP, step, what, client_id=client_id)

    return count


def _merging(ground: Ground, clients: ClientsRoom, subjects: SubjectRooms) -> Merging:
    merging = Merging(
        chain=subjects.chain,
        papers=PapersReader(chain=subjects.chain, fields=subjects.fields),
        notices=subjects.authenticators.notices,
        known_to=Acquaintances(clients=clients.directory),
        clock=ground.clock,
    )
    merging.announce_to(subjects.sessions)
    return merging
