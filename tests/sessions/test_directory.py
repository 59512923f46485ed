import hashlib
from uuid import UUID, uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from idp.sessions.directory import SessionEnded
from idp.sessions.models import ParticipantRow, SessionRow
from idp.sessions.records import ENDED, hash_of, session_key
from idp.sessions.session import Participant, Session
from idp.subjects.models import Person
from tests.city import City
from tests.subjects.test_evidence import verified
from tests.trail import detail, events

pytestmark = pytest.mark.storage


def start(city: City, person_id: UUID) -> tuple[Session, str]:
    return city.rooms.sessions.start(
        person_id=person_id, aal=1, amr=("pwd",), channel="web", now=city.clock.now()
    )


def opened(city: City, secret: str) -> Session | None:
    return city.rooms.sessions.open(secret, now=city.clock.now())[0]


@pytest.mark.requirement("R13")
def test_secret_is_kept_as_a_hash_alone_when_a_session_starts(city: City, phone: str) -> None:
    _, secret = start(city, city.resident(phone))
    row = SessionRow.objects.get()
    assert len(secret) == 43
    assert row.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert city.store.get(session_key(secret)) is None
    assert secret.encode() not in (city.store.get(session_key(row.secret_hash)) or b"")


def test_session_opens_without_the_database_when_it_is_cached(
    city: City, phone: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session, secret = start(city, city.resident(phone))
    with django_assert_num_queries(0):
        assert opened(city, secret) == session


def test_session_opens_from_the_database_when_the_store_lost_it(city: City, phone: str) -> None:
    session, secret = start(city, city.resident(phone))
    city.store.delete(session_key(hash_of(secret)))
    assert opened(city, secret) == session
    assert city.store.get(session_key(hash_of(secret))) is not None


@pytest.mark.parametrize("secret", ["", "short", "x" * 43, "ü" * 43, "x" * 5000])
def test_nothing_opens_when_the_secret_is_nobodys(city: City, secret: str) -> None:
    assert city.rooms.sessions.open(secret, now=city.clock.now()) == (None, None)


@pytest.mark.requirement("R14")
@pytest.mark.parametrize(
    ("hours", "is_cached", "is_open"),
    [
        pytest.param(1.9, True, True, id="within the idle time-out"),
        pytest.param(2.1, False, False, id="idle too long, store lost"),
        pytest.param(12.1, True, False, id="older than a session may be"),
        pytest.param(12.1, False, False, id="older than it may be, store lost"),
    ],
)
def test_session_times_out_when_its_time_is_over(
    city: City, phone: str, hours: float, *, is_cached: bool, is_open: bool
) -> None:
    _, secret = start(city, city.resident(phone))
    if not is_cached:
        city.store.delete(session_key(hash_of(secret)))
    city.clock.advance(hours=hours)
    assert (opened(city, secret) is not None) is is_open


def test_use_is_written_now_and_then_when_a_session_is_used(city: City, phone: str) -> None:
    _, secret = start(city, city.resident(phone))
    began = SessionRow.objects.get().last_seen_at
    city.clock.advance(minutes=5)
    opened(city, secret)
    assert SessionRow.objects.get().last_seen_at == began
    city.clock.advance(minutes=15)
    opened(city, secret)
    assert SessionRow.objects.get().last_seen_at > began


def test_level_falls_in_a_running_session_when_its_evidence_expires(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    evidence_id = verified(city, person_id)
    session, secret = city.rooms.sessions.start(
        person_id=person_id,
        aal=1,
        amr=("pwd",),
        channel="web",
        now=city.clock.now(),
    )
    assert session.level.ial == 2
    now = city.clock.now()
    city.rooms.chain.revoke(person_id, evidence_id, authority="self", now=now)
    city.clock.advance(minutes=16)
    found = opened(city, secret)
    assert found is not None
    assert found.level.ial == 1


@pytest.mark.spec(
    "RFC 9700 §4.7", "session fixation: the session identifier changes at authentication"
)
def test_secret_changes_when_a_session_is_renewed(city: City, phone: str) -> None:
    session, secret = start(city, city.resident(phone))
    city.clock.advance(minutes=1)
    renewed, new_secret = city.rooms.sessions.renew(
        session, aal=2, amr=("mfa", "pwd", "sms"), now=city.clock.now()
    )
    assert (renewed.id, renewed.level.aal) == (session.id, 2)
    assert renewed.authenticated_at > session.authenticated_at
    assert opened(city, secret) is None
    assert opened(city, new_secret) == renewed


def test_ended_session_cannot_be_renewed_or_refreshed_when_asked(city: City, phone: str) -> None:
    session, _ = start(city, city.resident(phone))
    city.rooms.sessions.end(session.id, reason="logout", now=city.clock.now())
    with pytest.raises(SessionEnded):
        city.rooms.sessions.renew(session, aal=1, amr=("pwd",), now=city.clock.now())


class Announced:
    """A logout channel that remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[UUID, tuple[Participant, ...]]] = []

    def announce(
        self, session: Session, participants: tuple[Participant, ...], *, now: object
    ) -> None:
        del now
        self.told.append((session.id, participants))


def join(city: City, session: Session, client_id: str) -> Participant:
    sid = city.rooms.sessions.client_sid(session.id, client_id)
    ParticipantRow.objects.create(
        session_id=session.id,
        client_id=client_id,
        sid=sid,
        sub=f"sub-at-{client_id}",
        joined_at=city.clock.now(),
    )
    return Participant(client_id=client_id, sid=sid, sub=f"sub-at-{client_id}")


@pytest.mark.requirement("R7")
def test_end_tells_every_participant_once_when_a_session_ends(city: City, phone: str) -> None:
    channel = Announced()
    city.rooms.sessions.announce_to(channel)
    session, secret = start(city, city.resident(phone))
    both = (join(city, session, "portal-a"), join(city, session, "portal-b"))
    now = city.clock.now()
    assert city.rooms.sessions.end(session.id, reason="logout", now=now) == both
    assert city.rooms.sessions.end(session.id, reason="logout", now=now) == ()
    assert channel.told == [(session.id, both)]
    assert opened(city, secret) is None
    (event,) = events("session.ended")
    assert detail(event)["reason"] == "logout"


def test_ended_session_stays_dead_when_a_late_refill_comes(city: City, phone: str) -> None:
    session, secret = start(city, city.resident(phone))
    key = session_key(hash_of(secret))
    cached = city.store.get(key) or b""
    city.rooms.sessions.end(session.id, reason="logout", now=city.clock.now())
    assert city.store.get(key) == ENDED
    assert not city.store.add(key, cached, ttl=60)
    assert not city.store.replace(key, cached, cached, ttl=60)
    assert opened(city, secret) is None


def test_resurrected_cache_is_found_out_when_the_row_is_asked(city: City, phone: str) -> None:
    """A store fail-over may bring a deleted record back: it lives a quarter of an hour at most."""
    session, secret = start(city, city.resident(phone))
    key = session_key(hash_of(secret))
    cached = city.store.get(key) or b""
    city.rooms.sessions.end(session.id, reason="logout", now=city.clock.now())
    city.store.put(key, cached, ttl=3600)
    city.clock.advance(minutes=16)
    assert opened(city, secret) is None
    assert city.store.get(key) == ENDED


def test_nothing_happens_when_an_unknown_session_ends(city: City) -> None:
    assert city.rooms.sessions.end(uuid4(), reason="logout", now=city.clock.now()) == ()


def test_all_sessions_end_when_a_person_is_frozen(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    secrets = [start(city, person_id)[1] for _ in range(2)]
    city.rooms.statuses.freeze(person_id, now=city.clock.now())
    assert [opened(city, secret) for secret in secrets] == [None, None]
    assert Person.objects.get().status == "frozen"
    assert len(events("person.status_changed")) == 1


def test_other_sessions_end_when_one_is_kept(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    kept, _ = start(city, person_id)
    start(city, person_id)
    now = city.clock.now()
    assert len(city.rooms.sessions.of_person(person_id, now=now)) == 2
    ended = city.rooms.sessions.end_all(person_id, reason="by_person", now=now, keep=(kept.id,))
    assert ended == 1
    assert [each.id for each in city.rooms.sessions.of_person(person_id, now=now)] == [kept.id]


def test_consent_comes_in_the_same_trip_when_it_is_remembered(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    _, secret = start(city, person_id)
    sessions, now = city.rooms.sessions, city.clock.now()
    sessions.remember_consent(secret, "portal", b"given")
    assert sessions.open(secret, now=now, client_id="portal")[1] == b"given"
    assert sessions.open(secret, now=now, client_id="other")[1] is None
    sessions.forget_consent(person_id, "portal")
    assert sessions.open(secret, now=now, client_id="portal")[1] is None
    sessions.remember_consent("", "portal", b"given")


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.1", "sid: Session ID")
def test_sid_differs_by_client_and_is_stable_when_computed(city: City) -> None:
    sessions, session_id = city.rooms.sessions, uuid4()
    one = sessions.client_sid(session_id, "portal-a")
    assert one == sessions.client_sid(session_id, "portal-a")
    assert one != sessions.client_sid(session_id, "portal-b")
    assert session_id.hex not in one


def test_level_rises_at_once_when_verified_elsewhere(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    session, secret = start(city, person_id)
    same = city.rooms.sessions.refresh_identity(session, now=city.clock.now())
    assert same.session == session
    verified(city, person_id)
    fresh = city.rooms.sessions.refresh_identity(session, now=city.clock.now())
    raised = fresh.session
    assert raised.level.ial == 2
    assert len(fresh.proofs) == len(same.proofs) + 1
    assert opened(city, secret) == raised


def test_end_wins_when_a_level_is_refreshed_at_the_same_time(city: City, phone: str) -> None:
    person_id = city.resident(phone)
    session, secret = start(city, person_id)
    verified(city, person_id)
    key = session_key(hash_of(secret))
    city.store.put(key, ENDED, ttl=60)
    city.rooms.sessions.refresh_identity(session, now=city.clock.now())
    assert city.store.get(key) == ENDED
