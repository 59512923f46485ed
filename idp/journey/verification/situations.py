"""Reading the situation of a turn: who stands here, what they have proven and with what."""

from dataclasses import dataclass

from idp.journey.steps import Turn
from idp.journey.verification.ways import Situation
from idp.subjects.evidence import EvidenceChain
from idp.subjects.people import People


@dataclass(frozen=True, slots=True, kw_only=True)
class Situations:
    """Reads people and their evidence."""

    people: People
    chain: EvidenceChain

    def read(self, turn: Turn) -> Situation:
        """Where the person of this turn stands."""
        session = turn.standing.session
        if session is None:
            raise AssertionError("outstanding only with a session")
        person = self.people.standing(session.person_id, now=turn.now)
        proofs = turn.standing.proofs
        if proofs is None:
            proofs = self.chain.proofs(session.person_id, now=turn.now)
        newest_first = [each.document_type for each in reversed(proofs) if each.document_type]
        return Situation(
            person_id=session.person_id,
            held=session.level.ial,
            needed=turn.standing.needed.ial,
            now=turn.now,
            documents=tuple(dict.fromkeys(newest_first)),
            methods=frozenset(each.method for each in proofs),
            phone=person.phone,
            origin=person.phone or turn.progress.login_unreached,
            channel=turn.request.channel,
            sitting=turn.request.sitting,
            language=turn.language,
        )
