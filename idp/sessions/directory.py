"""The directory of SSO sessions: rows in the database, a cached copy in the store.

A session's end is one transaction with everything it entails; the cache follows the commit. How
long a lost deletion could deceive the cache is bounded: every `idle_ttl / 8` of use the row is
asked again.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record, write_and_record
from idp.foundation.clock import Clock
from idp.foundation.database.insertion import insertion
from idp.foundation.storage.contract import ShortLivedStore
from idp.sessions.forgetting import forget_sessions
from idp.sessions.models import ParticipantRow, SessionRow
from idp.sessions.records import ENDED, CachedSession, consent_key, hash_of, session_key
from idp.sessions.rows import live_rows, raise_all, raise_level
from idp.sessions.session import (
    PLAIN_SIGN_IN,
    SIGNED_OUT,
    LogoutChannel,
    Participant,
    Refreshed,
    Session,
    SessionEnded,
    SignIn,
)
from idp.sessions.telling import proven_at, proven_in, session_event, session_of
from idp.subjects.evidence import EvidenceChain, LevelChange
from idp.subjects.levels import IdentityLevel, judge
from idp.subjects.merging import Merged
from idp.subjects.people import People
from idp.subjects.statuses import StatusChanged

_UNKNOWN_TTL: Final = 30
"""How long, in seconds, a secret nobody issued is remembered as such."""

PLACES: Final = frozenset({"kiosk", "window"})
"""The channels whose machines everybody uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLifetimes:
    """Time-outs in seconds: without use, in all, and of those at a place that all people share."""

    idle_ttl: int = 7_200
    absolute_ttl: int = 43_200
    place_ttl: int = 900

    def of(self, channel: str) -> int:
        """How long a session of this channel lasts at most: who walks away may forget to end it."""
        return min(self.place_ttl, self.absolute_ttl) if channel in PLACES else self.absolute_ttl


class Sessions:
    """Implements `SessionDirectory`; doors and rooms register what hears of a session's end."""

    def __init__(
        self,
        *,
        store: ShortLivedStore,
        clock: Clock,
        people: People,
        chain: EvidenceChain,
        sid_key: bytes,
        lifetimes: SessionLifetimes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._people = people
        self._chain = chain
        self._sid_key = sid_key
        self._state_key = hmac.digest(sid_key, b"browser state", "sha256")
        self._lifetimes = lifetimes
        self._touch_after = timedelta(seconds=lifetimes.idle_ttl // 8)
        self._channels: list[LogoutChannel] = []

    def announce_to(self, channel: LogoutChannel) -> None:
        """Register a channel; called by the composition root before anything is served."""
        self._channels.append(channel)

    def open(
        self, secret: str, *, now: datetime, client_id: str = ""
    ) -> tuple[Session | None, bytes | None]:
        """The live session behind a cookie, and the cached consent: one store trip."""
        secret_hash = hash_of(secret)
        if not secret_hash:
            return None, None
        raw, consent = self._store.get_many(
            session_key(secret_hash), consent_key(secret_hash, client_id)
        )
        if raw == ENDED:
            return None, None
        if raw is None:
            found = self._read(secret_hash, now)
        else:
            found = self._still_good(secret_hash, raw, now)
        return (found, consent) if found else (None, None)

    def start(
        self,
        *,
        person_id: UUID,
        aal: int,
        amr: tuple[str, ...],
        channel: str,
        now: datetime,
        sign_in: SignIn = PLAIN_SIGN_IN,
    ) -> tuple[Session, str]:
        """A fresh session and its new secret."""
        secret = secrets.token_urlsafe(32)
        identity = self._chain.identity_level(person_id, now=now)
        row = SessionRow(
            secret_hash=hash_of(secret),
            person_id=person_id,
            started_at=now,
            authenticated_at=now,
            last_seen_at=now,
            expires_at=now + timedelta(seconds=self._lifetimes.of(channel)),
            identity_level=identity.level,
            authentication_level=aal,
            amr=list(amr),
            channel=channel,
        )
        row.notice(sign_in.seen)
        cached = self._value(row, identity, now)
        started = session_event("session.started", row, proven_in(row))
        more = sign_in.tell(cached.session)
        write_and_record(*insertion(row), started, *more, clock=self._clock)
        self._cache(row, cached, now)
        return cached.session, secret

    def renew(
        self,
        session: Session,
        *,
        aal: int,
        amr: tuple[str, ...],
        now: datetime,
        sign_in: SignIn = PLAIN_SIGN_IN,
    ) -> tuple[Session, str]:
        """The same session after re-authentication or step-up: a new instant, a new secret.

        Raises:
            SessionEnded: it ended in the meantime.
        """
        secret = secrets.token_urlsafe(32)
        identity = self._chain.identity_level(session.person_id, now=now)
        with transaction.atomic():
            row = self._live_row(session.id)
            forgotten = session_key(row.secret_hash)
            row.secret_hash = hash_of(secret)
            row.authenticated_at = row.last_seen_at = now
            row.identity_level, row.authentication_level = identity.level, aal
            row.amr = list(amr)
            row.notice(sign_in.seen)
            row.save()
            cached = self._value(row, identity, now)
            self._record("session.renewed", row, proven_in(row), *sign_in.tell(cached.session))
            transaction.on_commit(lambda: self._bury(forgotten))
            self._cache(row, cached, now)
        return cached.session, secret

    def refresh_identity(self, session: Session, *, now: datetime) -> Refreshed:
        """Read the person's identity level anew, after a verification here or anywhere else.

        Where it is what the session says, nothing is locked or written: a page that waits for an
        authority asks every few seconds.

        Raises:
            SessionEnded: it ended in the meantime.
        """
        proofs = self._chain.proofs(session.person_id, now=now)
        found = judge(proofs, now=now)
        if (found.level, proven_at(found)) != (session.level.ial, session.proven_at):
            if (row := raise_level(session.id, found.level)) is None:
                raise SessionEnded
            session = self._recache(row, now, found).session
        return Refreshed(session=session, proofs=proofs)

    def shorten(self, session: Session, *, until: datetime, now: datetime) -> Session:
        """Let it end no later than `until`. Raises SessionEnded when it has by now."""
        if session.expires_at <= until:
            return session
        with transaction.atomic():
            (row := self._live_row(session.id)).expires_at = until
            row.save(update_fields=["expires_at"])
            self._record("session.shortened", row, {"until": until.isoformat()})
            return self._recache(row, now).session

    def level_changed(self, change: LevelChange) -> None:
        """Implements `LevelChannel`: the person's sessions stand as high, from the commit on."""
        person_id, at = change.person_id, change.at
        is_rise = change.current > change.previous
        rows = raise_all(person_id, change.current, now=at) if is_rise else live_rows(person_id, at)
        for row in rows:
            self._recache(row, at, change.identity)

    def remember_consent(self, secret: str, client_id: str, consent: bytes) -> None:
        """Keep the covering consent beside the session, so that `open` brings both."""
        if secret_hash := hash_of(secret):
            self._store.put(
                consent_key(secret_hash, client_id), consent, ttl=self._lifetimes.idle_ttl
            )

    def forget_consent(self, person_id: UUID, client_id: str) -> None:
        """Forget it in all of a person's sessions, when it was changed or withdrawn."""
        rows = SessionRow.objects.filter(person_id=person_id, ended_at=None)
        hashes = list(rows.values_list("secret_hash", flat=True))
        self._store.delete(*(consent_key(each, client_id) for each in hashes))

    def client_sid(self, session_id: UUID, client_id: str) -> str:
        """The `sid` this client knows the session by (Back-Channel Logout 1.0 §2.1)."""
        message = session_id.bytes + client_id.encode()
        digest = hmac.digest(self._sid_key, message, "sha256")
        return urlsafe_b64encode(digest[:18]).decode()

    def browser_state(self, session_id: UUID | None) -> str:
        """What scripts may see of a browser's session: it changes with it, and tells nothing.

        OpenID Connect Session Management 1.0 §3.2: nothing "that can be used for identifying the
        user" stands in a cookie that scripts read.
        """
        if session_id is None:
            return SIGNED_OUT
        digest = hmac.digest(self._state_key, session_id.bytes, "sha256")
        return urlsafe_b64encode(digest[:18]).decode()

    def state_behind(self, secret: str, *, now: datetime) -> str:
        """The browser state of the session that a cookie opens."""
        session, _consent = self.open(secret, now=now)
        return self.browser_state(session.id if session else None)

    def participants(self, session_id: UUID) -> tuple[Participant, ...]:
        rows = ParticipantRow.objects.filter(session_id=session_id).order_by("joined_at", "id")
        return tuple(Participant(client_id=row.client_id, sid=row.sid, sub=row.sub) for row in rows)

    def of_person(self, person_id: UUID, *, now: datetime) -> tuple[Session, ...]:
        """A person's live sessions, newest first."""
        idle_since = now - timedelta(seconds=self._lifetimes.idle_ttl)
        rows = SessionRow.objects.filter(
            person_id=person_id, ended_at=None, expires_at__gt=now, last_seen_at__gt=idle_since
        ).order_by("-started_at")
        return tuple(self._read_value(row, now).session for row in rows)

    def find(self, session_id: UUID, *, now: datetime) -> Session | None:
        """A live session by its id, for those who may end it."""
        row = SessionRow.objects.filter(id=session_id, ended_at=None, expires_at__gt=now).first()
        return self._read_value(row, now).session if row else None

    def end(self, session_id: UUID, *, reason: str, now: datetime) -> tuple[Participant, ...]:
        """End it: row, audit, every LogoutChannel, in one transaction; then the cache.

        Ending an ended or unknown session changes nothing and announces nothing.
        """
        with transaction.atomic():
            try:
                row = self._live_row(session_id)
            except SessionEnded:
                return ()
            session = self._read_value(row, now).session
            row.ended_at, row.end_reason = now, reason
            row.save(update_fields=["ended_at", "end_reason"])
            participants = self.participants(session_id)
            self._record("session.ended", row, {"reason": reason, "clients": len(participants)})
            for channel in self._channels:
                channel.announce(session, participants, now=now)
            key = session_key(row.secret_hash)
            transaction.on_commit(lambda: self._bury(key))
        return participants

    def end_all(
        self, person_id: UUID, *, reason: str, now: datetime, keep: Sequence[UUID] = ()
    ) -> int:
        """End every live session of a person, all in one transaction; return how many."""
        with transaction.atomic():
            rows = SessionRow.objects.filter(person_id=person_id, ended_at=None)
            ids = list(rows.exclude(id__in=keep).values_list("id", flat=True))
            for each in ids:
                self.end(each, reason=reason, now=now)
        return len(ids)

    def status_changed(self, change: StatusChanged) -> None:
        """Implements `StatusChannel`: nobody stays signed in on an account that is not open."""
        if not change.is_open:
            self.end_all(change.person_id, reason=f"person_{change.status}", now=change.at)

    def merged(self, merge: Merged) -> None:
        """Implements `MergeChannel`: the retired person's sessions end, the survivor's look anew.

        When a merge is undone, whoever signed in meanwhile may have been either: all of it ends.
        """
        if not merge.is_undone:
            self.end_all(merge.retired, reason="person_merged", now=merge.at)
        rows = SessionRow.objects.filter(person_id=merge.survivor, ended_at=None)
        for row in rows:
            if merge.is_undone and row.authenticated_at >= merge.merged_at:
                self.end(row.id, reason="person_parted", now=merge.at)
            else:
                self._recache(row, merge.at)

    def person_erased(self, person_id: UUID, *, now: datetime) -> None:
        """Implements `ErasureChannel`: end them all, and forget where the person was."""
        self.end_all(person_id, reason="person_deleted", now=now)
        forget_sessions(SessionRow.objects.filter(person_id=person_id))

    def _read(self, secret_hash: str, now: datetime) -> Session | None:
        """Answer from the database and fill the store again, unless an end got there first."""
        row = SessionRow.objects.filter(secret_hash=secret_hash, ended_at=None).first()
        idle = timedelta(seconds=self._lifetimes.idle_ttl)
        is_over = row is None or row.expires_at <= now or row.last_seen_at + idle <= now
        if row is None or is_over or not self._touch(row, now):
            self._store.add(session_key(secret_hash), ENDED, ttl=_UNKNOWN_TTL)
            return None
        cached = self._read_value(row, now)
        self._store.add(session_key(secret_hash), cached.encode(), ttl=self._ttl(cached, now))
        return cached.session

    def _still_good(self, secret_hash: str, raw: bytes, now: datetime) -> Session | None:
        cached = CachedSession.decode(raw)
        if cached.session.expires_at <= now:
            return None
        is_level_due = cached.level_until is not None and cached.level_until <= now
        if not is_level_due and now - cached.seen_at < self._touch_after:
            return cached.session
        row = SessionRow.objects.filter(secret_hash=secret_hash, ended_at=None).first()
        if row is None or not self._touch(row, now):
            self._bury(session_key(secret_hash))
            return None
        fresh = self._read_value(row, now)
        key = session_key(secret_hash)
        self._store.replace(key, raw, fresh.encode(), ttl=self._ttl(fresh, now))
        return fresh.session

    def _touch(self, row: SessionRow, now: datetime) -> bool:
        """Write that the session is in use; False when it ended while we looked."""
        row.last_seen_at = now
        return bool(SessionRow.objects.filter(id=row.id, ended_at=None).update(last_seen_at=now))

    def _live_row(self, session_id: UUID) -> SessionRow:
        row = SessionRow.objects.select_for_update().filter(id=session_id, ended_at=None).first()
        if row is None:
            raise SessionEnded
        return row

    def _cache(self, row: SessionRow, cached: CachedSession, now: datetime) -> None:
        """Fill the store after the commit, under a new secret: only an end can be there already."""
        key, ttl = session_key(row.secret_hash), self._ttl(cached, now)

        def fill() -> None:
            self._store.add(key, cached.encode(), ttl=ttl)

        transaction.on_commit(fill)

    def _recache(
        self, row: SessionRow, now: datetime, identity: IdentityLevel | None = None
    ) -> CachedSession:
        """Change what the store holds after the commit, but never an end that came meanwhile.

        `identity` is the person's level where it was just computed.
        """
        cached = self._value(row, identity, now) if identity else self._read_value(row, now)
        key, ttl = session_key(row.secret_hash), self._ttl(cached, now)

        def swap() -> None:
            held = self._store.get(key)
            if held is not None and held != ENDED:
                self._store.replace(key, held, cached.encode(), ttl=ttl)

        transaction.on_commit(swap)
        return cached

    def _bury(self, key: str) -> None:
        self._store.put(key, ENDED, ttl=self._lifetimes.absolute_ttl)

    def _ttl(self, cached: CachedSession, now: datetime) -> int:
        left = int((cached.session.expires_at - now).total_seconds())
        return max(1, min(self._lifetimes.idle_ttl, left))

    def _read_value(self, row: SessionRow, now: datetime) -> CachedSession:
        return self._value(row, self._chain.identity_level(row.person_id, now=now), now)

    def _value(self, row: SessionRow, identity: IdentityLevel, now: datetime) -> CachedSession:
        standing = self._people.standing(row.person_id, now=now)
        session = session_of(row, standing, identity)
        return CachedSession(session=session, seen_at=row.last_seen_at, level_until=identity.until)

    def _record(
        self, event_type: str, row: SessionRow, detail: dict[str, object], *more: AuditEvent
    ) -> None:
        record(session_event(event_type, row, detail), *more, clock=self._clock)
