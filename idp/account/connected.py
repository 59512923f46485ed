"""The services a person is connected with: what each may learn and was told, and parting from one.

Owns what follows a withdrawal; the records belong to the rooms below.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from idp.clients.client import Client, ClientDirectory
from idp.clients.purposes import CONSENT
from idp.sessions.directory import Sessions
from idp.sessions.session import LogoutChannel
from idp.subjects.consents import Consents
from idp.subjects.disclosures import Told, told_of
from idp.subjects.own_records import Agreement, OwnRecords
from idp.tokens.known_by import Connection, connections_of
from idp.tokens.session_end import GrantRevoker


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One client and what it has to do with the person; `agreement` is the one that holds."""

    client_id: str
    client: Client | None
    last_at: datetime
    has_access: bool
    agreement: Agreement | None = None
    told: tuple[Told, ...] = ()

    @property
    def can_be_withdrawn(self) -> bool:
        """What a law gives is not the person's to take back."""
        return self.agreement is not None and self.agreement.basis == CONSENT

    def name_in(self, language: str) -> str:
        """Its registered name; of one that is registered no more, its identifier."""
        return self.client.name_in(language) if self.client else self.client_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """`leaving` tells one client that a person is signed out there."""

    clients: ClientDirectory
    consents: Consents
    records: OwnRecords
    sessions: Sessions
    grants: GrantRevoker
    leaving: LogoutChannel

    def services(self, person_id: UUID, *, now: datetime) -> tuple[Service, ...]:
        """All of them, the last used first."""
        entered = connections_of(person_id, now=now)
        agreements = [each for each in self.records.agreements(person_id) if not each.ended_at]
        told = told_of(person_id)
        names = {*entered, *(a.client_id for a in agreements), *(t.client_id for t in told)}
        found = [
            self._service(
                client_id,
                entered.get(client_id),
                [each for each in agreements if each.client_id == client_id],
                [each for each in told if each.client_id == client_id],
            )
            for client_id in sorted(names)
        ]
        return tuple(sorted(found, key=lambda each: each.last_at, reverse=True))

    def service(self, person_id: UUID, client_id: str, *, now: datetime) -> Service | None:
        """One of them; None for a client the person never met."""
        every = self.services(person_id, now=now)
        return next((each for each in every if each.client_id == client_id), None)

    def withdraw(self, person_id: UUID, client_id: str, *, now: datetime) -> bool:
        """Take back what was agreed to (PIPL 15); False when nothing rested on consent.

        In one transaction: the client's tokens end, and it is told that the person is signed out.
        """
        given = self.consents.find(person_id, client_id)
        if given is None or given.basis != CONSENT:
            return False
        with transaction.atomic():
            if not self.consents.withdraw(person_id, client_id, now=now):
                return False
            self.grants.revoke_of_person(
                person_id, reason="consent_withdrawn", now=now, client_id=client_id
            )
            for session in self.sessions.of_person(person_id, now=now):
                parting = tuple(
                    each
                    for each in self.sessions.participants(session.id)
                    if each.client_id == client_id
                )
                self.leaving.announce(session, parting, now=now)
            transaction.on_commit(lambda: self.sessions.forget_consent(person_id, client_id))
        return True

    def _service(
        self,
        client_id: str,
        entered: Connection | None,
        agreements: list[Agreement],
        told: list[Told],
    ) -> Service:
        instants = [
            *([entered.last_at] if entered else []),
            *(each.granted_at for each in agreements),
            *(each.last_at for each in told),
        ]
        return Service(
            client_id=client_id,
            client=self.clients.get(client_id),
            last_at=max(instants),
            has_access=entered is not None and entered.is_live,
            agreement=agreements[0] if agreements else None,
            told=tuple(told),
        )
