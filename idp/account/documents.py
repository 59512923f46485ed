"""My documents and the checks behind them: what is known, by whom it was checked, what it gives."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from connectors.documents.registry import DOCUMENT_TYPES
from idp.account.door import HOME
from idp.account.levels import level_shown, reason_words
from idp.account.record_pages import CheckShown, DocumentShown, DocumentsPage
from idp.account.space import Space, for_its_owner
from idp.foundation.clock import today_in_shanghai
from idp.journey.pages import Presentation
from idp.journey.views import render
from idp.sessions.session import Session
from idp.subjects.own_records import OwnDocument, OwnEvidence
from policies.levels import Level

DOCUMENTS: Final = "/account/documents"
VERIFY: Final = "/account/verify"
PROVEN: Final = Level(ial=2, aal=1)


def urlpatterns(space: Space) -> list[URLPattern]:
    """The address of documents and checks."""
    return [path(DOCUMENTS[1:], for_its_owner(space, _shown), name="account-documents")]


def _shown(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    now, look = space.desk.clock.now(), space.desk.look(request)
    documents = space.records.documents(session.person_id)
    names: dict[UUID | None, str] = {
        each.id: document_name(each.document_type, look) for each in documents
    }
    today = today_in_shanghai(now)
    page = DocumentsPage(
        documents=tuple(
            DocumentShown(
                name=names[each.id],
                masked_number=each.masked_number,
                valid_until=each.valid_until,
                is_over=each.valid_until is not None and each.valid_until < today,
                replaced_at=_ended(each),
            )
            for each in documents
        ),
        checks=tuple(
            check_shown(each, names.get(each.document_id, ""))
            for each in space.records.evidence(session.person_id, now=now)
        ),
        level=level_shown(space.explain(session.person_id, now=now)),
        verify_url="" if session.level.satisfies(PROVEN) else VERIFY,
        back_url=HOME,
    )
    return render(page, look)


def check_shown(evidence: OwnEvidence, document: str) -> CheckShown:
    """A check in words; `document` is the name of the document it was about, if any."""
    return CheckShown(
        words=reason_words(evidence.method),
        document=document,
        day=today_in_shanghai(evidence.checked_at),
        level=evidence.level,
        until=today_in_shanghai(evidence.until) if evidence.until else None,
    )


def document_name(document_type: str, look: Presentation) -> str:
    """What a document is called; a type that no table knows keeps its registered word."""
    entry = DOCUMENT_TYPES.get(document_type)
    return entry.names[look.html_language] if entry else document_type


def _ended(document: OwnDocument) -> datetime | None:
    return None if document.is_live else document.replaced_at
