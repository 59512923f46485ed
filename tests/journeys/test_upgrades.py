"""Nodes of two releases side by side: what one cannot read, another goes on with."""

import orjson
import pytest

from idp.foundation.sealing import RootKeys, Sealer
from idp.journey.kept import joined, split
from idp.journey.record import Journey, LaterRelease
from tests.city import City
from tests.walker import Walker

SEALER = Sealer(RootKeys(active="1", keys={"1": b"k" * 32}))
"""The city's."""


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


def test_journey_of_an_earlier_release_is_gone_on_with(city: City, walker: Walker) -> None:
    city.clients.add()
    walker.enter()
    kept = city.hall.journeys.find(walker.url.split("/")[2])
    assert kept is not None
    values = orjson.loads(kept.journey.encode())
    for later in ("login_face", "place_prompts", "login_due_at"):
        del values["progress"][later]
    assert Journey.decode(orjson.dumps(values)) == kept.journey


def test_broken_record_is_not_taken_for_a_later_releases(city: City, walker: Walker) -> None:
    city.clients.add()
    walker.enter()
    kept = city.hall.journeys.find(walker.url.split("/")[2])
    assert kept is not None
    values = orjson.loads(kept.journey.encode())
    values["progress"]["passed"] = 7
    with pytest.raises(TypeError) as caught:
        Journey.decode(orjson.dumps(values))
    assert not isinstance(caught.value, LaterRelease)
