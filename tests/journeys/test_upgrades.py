"""Nodes of two releases side by side: what one cannot read, another goes on with."""

from uuid import UUID

import orjson
import pytest

from idp.foundation.releases import LaterRelease
from idp.foundation.sealing import RootKeys, Sealer
from idp.journey.away import Phase, Underway
from idp.journey.kept import joined, split
from idp.journey.record import Journey
from idp.tokens.codes import AuthorizationCode, read_code, write_code
from tests.city import City
from tests.walker import Walker

SEALER = Sealer(RootKeys(active="1", keys={"1": b"k" * 32}))
"""The city's."""
A_CODE = AuthorizationCode(
    grant_id=UUID(int=1),
    client_id="portal",
    redirect_uri="https://portal.example/cb",
    redirect_uri_given=True,
    code_challenge="",
    nonce="",
    scope=("openid",),
    resources=(),
    person_id=UUID(int=2),
    session_id=UUID(int=3),
    sub="s",
    sid="s",
    authenticated_at=0,
    acr="",
    amr=("sms",),
    userinfo_claims=(),
    id_token_claims=(),
    consent_id=None,
    issued_at=0,
)


def rewritten(city: City, walker: Walker, part: str, **fields: object) -> bytes:
    """The walker's journey as a later release would keep it; the stored value."""
    journey_id = walker.url.split("/")[2]
    key = f"journey:{journey_id}"
    raw = city.store.get(key)
    assert raw is not None
    (version, turn, _), sealed = split(raw)
    opened = orjson.loads(SEALER.unseal(sealed, purpose="journey", owner=journey_id))
    opened[part] |= fields
    again = SEALER.seal(orjson.dumps(opened), purpose="journey", owner=journey_id)
    value = joined(again, version=version, turn=turn)
    city.store.put(key, value, ttl=60)
    return value


@pytest.mark.storage
@pytest.mark.parametrize("part", ["request", "progress"])
def test_journey_of_a_later_release_waits_for_its_nodes_and_is_left_as_it_is(
    city: City, walker: Walker, part: str
) -> None:
    city.clients.add()
    walker.enter()
    kept = rewritten(city, walker, part, a_later_rule=True)
    answer = walker.http.get(walker.url)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert city.store.get(f"journey:{walker.url.split('/')[2]}") == kept


@pytest.fixture
def kept(city: City, walker: Walker) -> Journey:
    city.clients.add()
    found = city.hall.journeys.find(walker.enter().url.split("/")[2])
    assert found is not None
    return found.journey


def test_journey_of_an_earlier_release_is_gone_on_with(kept: Journey) -> None:
    values = orjson.loads(kept.encode())
    for later in ("login_face", "place_prompts", "login_due_at"):
        del values["progress"][later]
    assert Journey.decode(orjson.dumps(values)) == kept


def test_broken_record_is_not_taken_for_a_later_releases(kept: Journey) -> None:
    values = orjson.loads(kept.encode())
    del values["request"]["door"]
    with pytest.raises(TypeError):
        Journey.decode(orjson.dumps(values))


def test_code_and_errand_of_a_later_release_are_not_half_read(city: City, kept: Journey) -> None:
    absences = city.given.absences
    absences.write(kept.id, "errand", Underway(phase=Phase.CLOSING))
    raw = city.store.get("away:errand")
    assert raw is not None
    said = orjson.loads(SEALER.unseal(raw, purpose="away", owner=kept.id)) | {"a_later_rule": 1}
    sealed = SEALER.seal(orjson.dumps(said), purpose="away", owner=kept.id)
    city.store.put("away:errand", sealed, ttl=60)
    with pytest.raises(LaterRelease, match="Underway: a_later_rule"):
        absences.look(kept.id, "errand")
    assert read_code(write_code(A_CODE)) == A_CODE
    code = orjson.loads(write_code(A_CODE)) | {"a_later_rule": True}
    with pytest.raises(LaterRelease, match="AuthorizationCode: a_later_rule"):
        read_code(orjson.dumps(code))
