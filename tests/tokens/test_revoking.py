from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from django.db import transaction

from idp.foundation.audit.models import AuditRow
from idp.foundation.storage import RevocationFeed
from idp.sessions.models import SessionRow
from idp.sessions.session import Session
from idp.tokens.codes import AuthorizationCode
from idp.tokens.grant import read_grant_id, write_grant_id
from idp.tokens.models import GrantRow, RedeemedCodeRow, RefreshTokenRow, RevokedTokenRow
from idp.tokens.session_end import GrantRevoker
from idp.tokens.verification import AccessTokenVerifier
from policies.levels import LOWEST
from tests.tokens.house import ISSUER, House, grants_alive

pytestmark = pytest.mark.storage


def issued(house: House, *scope: str, client_id: str = "") -> tuple[AuthorizationCode, str]:
    client = house.clients.get(client_id) or house.client()
    code, value = house.code(client, scope=("openid", *scope))
    answer = orjson.loads(house.redeem(client, value).body)
    return code, answer["access_token"]


def is_live(house: House, token: str) -> bool:
    return house.verifier.verify(token, now=house.clock.timestamp()) is not None


def session_of(code: AuthorizationCode) -> Session:
    row = SessionRow.objects.get(id=code.session_id)
    return Session(
        id=row.id,
        person_id=row.person_id,
        person_status="active",
        authenticated_at=row.authenticated_at,
        expires_at=row.expires_at,
        level=LOWEST,
        amr=("pwd",),
    )


@pytest.mark.spec("Back-Channel Logout 1.0 §2.7", "refresh tokens without offline_access revoked")
def test_grants_end_with_their_session_when_it_is_logged_out(house: House) -> None:
    online, online_token = issued(house)
    offline, offline_token = issued(house, "offline_access")
    revoker = GrantRevoker(revocation=house.revocation, clock=house.clock)

    with transaction.atomic():
        for code in (online, offline):
            revoker.announce(session_of(code), (), now=house.clock.now())
        assert is_live(house, online_token)

    assert not grants_alive(house, online.grant_id)
    assert not is_live(house, online_token)
    assert grants_alive(house, offline.grant_id)
    assert is_live(house, offline_token)
    event = AuditRow.objects.get(type="token.revoked")
    assert orjson.loads(event.detail)["reason"] == "session_end"


def test_grants_stay_when_the_transaction_that_ends_the_session_fails(house: House) -> None:
    code, token = issued(house)
    revoker = GrantRevoker(revocation=house.revocation, clock=house.clock)

    def end_and_fail() -> None:
        with transaction.atomic():
            revoker.announce(session_of(code), (), now=house.clock.now())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        end_and_fail()

    assert grants_alive(house, code.grant_id)
    assert is_live(house, token)


def test_all_grants_of_a_person_end_when_they_are_withdrawn(house: House) -> None:
    client = house.client()
    code, token = issued(house, "offline_access", client_id=client.client_id)
    GrantRow.objects.create(
        id=uuid4(),
        client_id="another",
        person_id=code.person_id,
        sub="s",
        sid="s",
        authenticated_at=0,
        offline=True,
        created_at=0,
        expires_at=0,
    )
    revoker = GrantRevoker(revocation=house.revocation, clock=house.clock)

    def withdraw(client_id: str = "") -> int:
        with transaction.atomic():
            return revoker.revoke_of_person(
                code.person_id, reason="withdrawn", now=house.clock.now(), client_id=client_id
            )

    assert withdraw(client.client_id) == 1
    assert not is_live(house, token)
    assert withdraw() == 1
    assert withdraw() == 0


def test_revocations_are_told_again_when_the_store_has_lost_them(house: House) -> None:
    client = house.client()
    first, first_token = issued(house, client_id=client.client_id)
    _, second_token = issued(house, client_id=client.client_id)
    now = house.clock.now()
    grant = house.ledger.grant(first.grant_id)
    assert grant is not None
    house.revocation.revoke_grant(grant, reason="x", event_type="token.revoked", now=now)
    live = house.verifier.verify(second_token, now=house.clock.timestamp())
    assert live is not None
    house.revocation.revoke_access_token(second_token, live, now=now)
    house.store.pool.call("FLUSHDB")
    fresh = AccessTokenVerifier(
        issuer=ISSUER,
        keys=house.keys,
        store=house.store,
        revocations=RevocationFeed(house.store, clock=house.clock),
    )
    at = house.clock.timestamp()
    assert fresh.verify(first_token, now=at) is not None

    told = house.revocation.keep_told()

    assert told == 2
    assert fresh.verify(first_token, now=at) is None
    assert fresh.verify(second_token, now=at) is None


def test_old_revocations_are_not_repeated_when_the_store_kept_them(house: House) -> None:
    code, _ = issued(house)
    grant = house.ledger.grant(code.grant_id)
    assert grant is not None
    now = house.clock.now()
    house.revocation.revoke_grant(grant, reason="x", event_type="token.revoked", now=now)
    assert house.revocation.keep_told() == 1
    assert house.revocation.keep_told() == 1

    house.clock.move(seconds=121)

    assert house.revocation.keep_told() == 0


def test_expired_rows_are_forgotten_when_purged(house: House) -> None:
    _, token = issued(house)
    live = house.verifier.verify(token, now=house.clock.timestamp())
    assert live is not None
    house.revocation.revoke_access_token(token, live, now=house.clock.now())
    assert house.ledger.purge(now=house.clock.now()) == 0

    purged = house.ledger.purge(now=house.clock.now() + timedelta(days=800))

    assert purged == 4
    for table in (GrantRow, RedeemedCodeRow, RefreshTokenRow, RevokedTokenRow):
        assert not table.objects.exists()


def test_unknown_grant_is_no_grant_when_asked_for(house: House) -> None:
    assert house.ledger.grant(uuid4()) is None
    now = house.clock.now()
    assert not house.ledger.was_redeemed(b"nothing")
    assert house.ledger.refresh_token(b"nothing", now=now) is None


def test_grant_id_is_the_same_when_written_and_read() -> None:
    for number in range(200):
        grant_id = uuid4()
        written = write_grant_id(grant_id)
        assert (read_grant_id(written), len(written)) == (grant_id, 22), number
