"""Reads what proves a person off their chain, as the rules of `ties` look at it.

Expiry is no matter here: an expired passport still says whose it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from connectors.documents.document import DocumentNumber, InvalidDocumentNumber, Standing
from connectors.documents.passport import parse_passport
from connectors.documents.registry import DOCUMENT_TYPES, PASSPORT
from idp.subjects import levels
from idp.subjects.checks import Check, VerifiedDocument
from idp.subjects.evidence import EvidenceChain, Turn
from idp.subjects.fields import PersonalFields
from idp.subjects.links import CLAIMED, conditions_of, proof_of
from idp.subjects.models import DocumentMention, Evidence
from idp.subjects.rows import EvidenceRow
from idp.subjects.ties import NAMES_DOCUMENT, Papers, contradictions, tie_of

DOCUMENT_TYPE = "document_type"
ISSUER = "issuer"


def read_number(document_type: str, number: str, issuer: str) -> DocumentNumber:
    """What the number tells; of a number that no table knows, nothing but itself."""
    try:
        if document_type == PASSPORT:
            return parse_passport(number, issuer)
        return DOCUMENT_TYPES[document_type].parse(number)
    except (KeyError, InvalidDocumentNumber):
        return DocumentNumber(number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class PapersReader:
    """Every method raises KeyDestroyed where somebody of the family was erased."""

    chain: EvidenceChain
    fields: PersonalFields

    def held(self, person_id: UUID, *, now: datetime) -> tuple[Papers, ...]:
        """What proves the person: of each document they hold, and of a 网号 without one."""
        rows = self.chain.matches(person_id, only=_is_proof_of_somebody)
        return tuple(
            replace(papers, level=_level(rows, row, now))
            for row in rows
            for papers in (self._of(row),)
        )

    def claimed(self, person_id: UUID, *, now: datetime) -> tuple[Papers, ...]:
        """What the person was proven for, though it is another account's."""
        mentions = DocumentMention.objects.filter(person_id=person_id).select_related("evidence")
        rows = [each.evidence for each in mentions if each.evidence.outcome == CLAIMED]
        return tuple(self._claim(row, now) for row in rows)

    def is_tied(self, turn: Turn, new: Papers, *, now: datetime) -> bool:
        """Whether a new document is the person's, by the declared rules; a first one always is.

        A supplementary card is never enough alone, so it is held against the name alone.
        """
        if not self.chain.has_matches(turn, only=_is_proof_of_somebody):
            return True
        held = self.held(turn.person_id, now=now)
        entry = DOCUMENT_TYPES.get(new.document_type)
        if entry is not None and entry.standing is Standing.SUPPLEMENTARY:
            is_tied = any(each.name == new.name for each in held)
        else:
            is_tied = tie_of(held, [new]) is not None
        return is_tied and not contradictions(held, [new])

    def _of(self, row: Evidence) -> Papers:
        values = self.chain.values_of(row)
        document = row.document
        papers = papers_of(values, row.method, record=_record(row))
        papers = replace(papers, conditions=proof_of(row).conditions)
        if document is None:
            return replace(papers, document_type="", number="")
        fields = self.fields.of(document.person_id)
        read = read_number(
            document.document_type,
            fields.unseal("document.number", document.sealed_number),
            document.issuer,
        )
        return replace(
            _numbered(papers, read),
            document_type=document.document_type,
            issuer=document.issuer,
            name=fields.unseal("document.name", document.sealed_name),
        )

    def _claim(self, row: Evidence, now: datetime) -> Papers:
        values = self.chain.values_of(row)
        issuer = values.get(ISSUER, "")
        read = read_number(values[DOCUMENT_TYPE], values.get("document_number", ""), issuer)
        papers = papers_of(values, row.method, record=_record(row))
        proof = replace(proof_of(row), document_type=values[DOCUMENT_TYPE])
        return replace(
            _numbered(papers, read),
            document_type=values[DOCUMENT_TYPE],
            issuer=issuer,
            conditions=proof.conditions,
            level=levels.judge([proof], now=now).level,
        )


def document_papers(document: VerifiedDocument, read: DocumentNumber, check: Check) -> Papers:
    """A document about to be kept, as the rules look at it."""
    record = f"{check.authority}:{check.provider_reference}" if check.provider_reference else ""
    papers = papers_of(check.values, check.method, record=record)
    return replace(
        _numbered(papers, read),
        document_type=document.document_type,
        issuer=(read.nationality or "") if document.document_type == PASSPORT else "",
        name=document.holder_name,
        conditions=conditions_of(check.circumstances, check.device, check.operator),
    )


def papers_of(values: Mapping[str, str], method: str, *, record: str = "") -> Papers:
    """The papers of one check's values; document and conditions are for who knows them."""
    named = values.get(NAMES_DOCUMENT, "")
    return Papers(
        name=values.get("name", ""),
        birthdate=values.get("birthdate", ""),
        gender=values.get("gender", ""),
        method=method,
        record=record,
        names=frozenset({named} if named else ()),
    )


def _numbered(papers: Papers, read: DocumentNumber) -> Papers:
    """The papers with the document's number, and what the number itself tells."""
    return replace(
        papers,
        number=read.key,
        birthdate=read.birth_date.isoformat() if read.birth_date else papers.birthdate,
        gender=read.sex.value if read.sex else papers.gender,
    )


def _is_proof_of_somebody(row: EvidenceRow) -> bool:
    """A 网号 stands for a person without a document; a phone does not."""
    return row.document_id is not None or row.method == "network_identity"


def _record(row: Evidence) -> str:
    return f"{row.authority}:{row.provider_reference}" if row.provider_reference else ""


def _level(rows: Iterable[Evidence], row: Evidence, now: datetime) -> int:
    """The level that everything of the same document gives together."""
    same = (proof_of(each) for each in rows if each.document_id == row.document_id)
    return levels.judge(same, now=now).level
