from collections.abc import Callable
from typing import cast
from uuid import uuid4

import orjson
import pytest
from django.db import connection

from idp.foundation.audit.models import AuditRow
from idp.protocols.oauth.wire import WireResponse
from idp.sessions.models import ParticipantRow, SessionRow
from idp.tokens.codes import _key, write_code
from idp.tokens.models import GrantRow, RedeemedCodeRow, RefreshTokenRow
from tests.racing import at_once
from tests.tokens.house import House, grants_alive

pytestmark = pytest.mark.storage
AT_ONCE = 200


def answers_of(ask: Callable[[], WireResponse]) -> list[WireResponse]:
    """Ask from many threads that start together."""

    def one(_: int) -> WireResponse:
        try:
            return ask()
        finally:
            connection.close()

    return [cast("WireResponse", answer) for answer in at_once(AT_ONCE, one)]


@pytest.mark.spec("RFC 6749 §4.1.2", "MUST NOT use the authorization code more than once")
def test_code_is_redeemed_once_and_revoked_when_two_hundred_redeem_it(house: House) -> None:
    client = house.client()
    code, value = house.code(client)

    answers = answers_of(lambda: house.redeem(client, value))

    good = [answer for answer in answers if answer.status == 200]
    assert len(good) == 1
    assert {orjson.loads(a.body)["error"] for a in answers if a.status != 200} == {"invalid_grant"}
    assert not grants_alive(house, code.grant_id)
    tokens = orjson.loads(good[0].body)
    now = house.clock.timestamp()
    assert house.verifier.verify(tokens["access_token"], now=now) is None
    assert house.refresh(client, tokens["refresh_token"]).status == 400


@pytest.mark.spec("RFC 9700 §4.14.2", "refresh token rotation")
def test_refresh_token_is_used_once_and_its_family_revoked_when_two_hundred_use_it(
    house: House,
) -> None:
    client = house.client()
    code, value = house.code(client)
    first = orjson.loads(house.redeem(client, value).body)

    answers = answers_of(lambda: house.refresh(client, first["refresh_token"]))

    good = [answer for answer in answers if answer.status == 200]
    assert len(good) == 1
    assert not grants_alive(house, code.grant_id)
    second = orjson.loads(good[0].body)
    now = house.clock.timestamp()
    for token in (first["access_token"], second["access_token"]):
        assert house.verifier.verify(token, now=now) is None
    assert house.refresh(client, second["refresh_token"]).status == 400
    assert AuditRow.objects.filter(type="token.refresh_reused").count() == 1


def test_code_is_judged_by_the_database_when_the_store_brings_it_back(house: House) -> None:
    client = house.client()
    code, value = house.code(client)
    assert house.redeem(client, value).status == 200
    # A fail-over of the store forgets the take: the record is there again, untaken.
    house.store.put(_key(value), write_code(code), ttl=60)

    answer = house.redeem(client, value)

    assert orjson.loads(answer.body)["error"] == "invalid_grant"
    assert not grants_alive(house, code.grant_id)


def test_grant_is_born_revoked_when_a_replay_overtakes_the_redemption(house: House) -> None:
    client = house.client()
    code, value = house.code(client)
    redemptions = house.issuance.redemptions
    taken = redemptions.take(value)
    assert taken is not None
    assert orjson.loads(house.redeem(client, value).body)["error"] == "invalid_grant"

    issued = house.issuance.redeem(client, taken, presented=value, resources=())

    assert not grants_alive(house, code.grant_id)
    now = house.clock.timestamp()
    assert house.verifier.verify(issued.access_token.value, now=now) is None


def test_redemption_writes_grant_participant_token_and_audit_together(house: House) -> None:
    client = house.client()
    consent = uuid4()
    code, value = house.code(client, scope=("openid", "offline_access"), consent_id=consent)

    assert house.redeem(client, value).status == 200

    grant = GrantRow.objects.get()
    assert (grant.id, grant.offline, grant.sub) == (code.grant_id, True, "the-subject")
    assert (grant.userinfo_claims, grant.consent_id) == ("name", consent)
    assert RefreshTokenRow.objects.get().grant_id == code.grant_id
    assert RedeemedCodeRow.objects.get().redeemed_at is not None
    event = AuditRow.objects.get(type="token.issued")
    assert (event.client_id, event.subject) == (client.client_id, str(code.person_id))
    participant = ParticipantRow.objects.get()
    assert (participant.session_id, participant.sid) == (code.session_id, "the-sid")


def test_code_is_refused_when_its_session_has_ended(house: House) -> None:
    client = house.client()
    code, value = house.code(client)
    SessionRow.objects.filter(id=code.session_id).update(ended_at=house.clock.now())

    answer = house.redeem(client, value)

    assert orjson.loads(answer.body)["error"] == "invalid_grant"
    assert not GrantRow.objects.exists()
