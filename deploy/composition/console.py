"""The console, wired to the rooms whose things it shows and changes."""

from django.urls import URLPattern

from admin.console import CityServices, Console, PolicyServices, StaffServices
from admin.gate import patterns
from admin.routes import ROUTES
from deploy.composition.lease import decided_under_lease
from deploy.composition.policies import policy_changes
from deploy.composition.rooms import Rooms
from deploy.composition.works import open_works
from idp.clients.register import ClientRegister
from idp.foundation.audit.trail import AuditTrail
from idp.foundation.keys.desk import KeyDesk
from idp.foundation.nodes import Spread, spread_of
from idp.foundation.version import LEASE_SECONDS, current
from idp.journey.access.console_entry import ConsoleEntry
from idp.journey.access.drafts import PolicyDrafts
from idp.journey.access.recorded import RecordedDecisions
from idp.journey.access.replays import Replays
from idp.journey.cookies import Cookies
from idp.subjects.casebook import Casebook


def open_console(rooms: Rooms) -> Console:
    ground, staff, settings = rooms.ground, rooms.staff, rooms.ground.settings
    cookies = Cookies.of(settings.issuer)
    return Console(
        staff=StaffServices(
            accounts=staff.accounts,
            factors=staff.factors,
            enrolments=staff.enrolments,
            signing_in=staff.signing_in,
            entry=ConsoleEntry(
                decide=decided_under_lease(rooms.hall.policies.decide, ground.watch),
                clock=ground.clock,
            ),
            sessions=staff.sessions,
            standing=staff.standing,
            has_directory=staff.signing_in.directory is not None,
        ),
        city=city_services(rooms),
        works=open_works(rooms),
        policies=_policies(rooms),
        store=ground.store,
        clock=ground.clock,
        branding=settings.branding,
        origin=staff.origin,
        is_secure=cookies.is_secure,
        cookie=cookies.session.replace("session", "console"),
        language_cookie=cookies.language,
        certificate_header=settings.client_certificate_header,
        enrolment_address=lambda token: staff.enrolment_address(token, settings.issuer),
    )


def console_patterns(rooms: Rooms) -> tuple[URLPattern, ...]:
    return patterns(open_console(rooms), ROUTES)


def city_services(rooms: Rooms) -> CityServices:
    """The services of the rooms that administrators use."""
    ground, subjects = rooms.ground, rooms.hall.subjects
    return CityServices(
        clients=ClientRegister(),
        registrar=rooms.clients.registrar,
        casebook=Casebook(
            people=subjects.people,
            documents=subjects.documents,
            chain=subjects.chain,
            fields=subjects.fields,
            contacts=subjects.contacts.book,
        ),
        sessions=subjects.sessions,
        trail=AuditTrail(),
        keys=KeyDesk(sealer=ground.sealer, clock=ground.clock, plan=ground.token_plan),
        statuses=subjects.statuses,
        merging=rooms.hall.merging,
    )


def _policies(rooms: Rooms) -> PolicyServices:
    clock = rooms.ground.clock

    def spread() -> Spread:
        return spread_of(current(), now=clock.now(), lease=LEASE_SECONDS)

    return PolicyServices(
        changes=policy_changes(rooms.ground),
        drafts=PolicyDrafts(clock=clock),
        replays=Replays(clock=clock),
        decisions=RecordedDecisions(),
        spread=spread,
    )
