"""The merging room of a city, and what authorities say of people there."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.merging import Merging, Wish
from idp.subjects.models import Merge
from idp.subjects.statuses import Actor, ActorKind
from idp.subjects.ties import Tie
from tests.city import City

OPERATOR = Actor(kind=ActorKind.OPERATOR, id="op-7")
NAME, NUMBER = "陈思远", "350200198803149915"


@dataclass(slots=True, kw_only=True)
class Registry:
    """The merging room of a city, and what authorities say of people there."""

    city: City
    merging: Merging

    def prove(self, person_id: UUID, document_type: str, number: str, **said: Any) -> UUID:
        document = VerifiedDocument(
            document_type=document_type, number=number, holder_name=said.pop("name", NAME)
        )
        check = Check(
            **{
                "method": "population_two_factor",
                "authority": "cn_population_library",
                "checked_at": self.city.clock.now(),
                "identity_level": 2,
                **said,
            }
        )
        return self.city.rooms.documents.keep(person_id, document, check)

    def merge(self, survivor: UUID, retired: UUID, rule: Tie | None = Tie.OPERATOR) -> Merge:
        wish = Wish(survivor=survivor, retired=retired, by=OPERATOR, rule=rule, reference="c-7")
        done = self.merging.merge(wish, now=self.city.clock.now())
        return Merge.objects.get(id=done.id)

    def undo(self, merge: Merge) -> None:
        self.merging.undo(merge.id, OPERATOR, now=self.city.clock.now())

    def level(self, person_id: UUID) -> int:
        return self.city.rooms.chain.identity_level(person_id, now=self.city.clock.now()).level
