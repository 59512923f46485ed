"""Forgetting what has served its purpose: old disclosures, agreements, documents, phone changes.

Each function is told before which instant; how long things are kept is a setting. Evidence is
never cut out of its chain: its values are emptied, and the links still verify.
"""

from datetime import datetime
from typing import Final

from django.db.models import Q

from idp.foundation.clock import microseconds
from idp.subjects.erasure import blank
from idp.subjects.models import Consent, Disclosure, Document, Evidence, PhoneChange, PurposeConsent

AT_ONCE: Final = 5_000
"""Links emptied in one round."""


def forget_disclosures(before: datetime) -> int:
    """Forget what services were last told before an instant; how many lines that were."""
    return Disclosure.objects.filter(last_at__lt=microseconds(before)).delete()[0]


def forget_agreements(before: datetime) -> int:
    """Forget agreements that ended before an instant; how many that were."""
    ended = Q(withdrawn_at__lt=before) | Q(withdrawn_at=None, replaced_at__lt=before)
    both = (Consent.objects.filter(ended), PurposeConsent.objects.filter(ended))
    return sum(rows.delete()[0] for rows in both)


def blank_replaced_documents(before: datetime) -> int:
    """Empty documents that were replaced before an instant; how many that were."""
    return blank(
        Document.objects.exclude(state=Document.State.LIVE)
        .exclude(sealed_number=b"")
        .filter(replaced_at__lt=before)
    )


def empty_spent_evidence(before: datetime) -> int:
    """Empty the values of evidence that counted no more before an instant; how many links.

    It was superseded or taken back, it ended, or its document was replaced. Links of before
    version 3 keep theirs: their hashes cover them.
    """
    spent = (
        Q(evidence__checked_at__lt=before)
        | Q(expires_at__lt=before)
        | Q(document__replaced_at__lt=before)
    )
    held = Evidence.objects.filter(hash_version__gte=3).exclude(sealed_values=b"")
    ids = list(held.filter(spent).values_list("id", flat=True).distinct()[:AT_ONCE])
    return Evidence.objects.filter(id__in=ids).update(sealed_values=b"")


def forget_phone_changes(before: datetime) -> int:
    """Forget changes of a number that were settled before an instant; how many that were."""
    return PhoneChange.objects.filter(settled_at__lt=before).delete()[0]
