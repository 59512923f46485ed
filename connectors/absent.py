"""What stands where no connector is configured: it answers, and vouches for nothing."""

from datetime import datetime
from typing import Final

from connectors.contract import Offer
from connectors.evidence import (
    DeliveryReceipt,
    DeliveryStatus,
    IdentityClaim,
    Message,
    VerificationResult,
)
from connectors.outcomes import Outcome

NOT_CONFIGURED: Final = "not_configured"


class AbsentVerification:
    """An IdentityVerification that is always down: no attempt is lost, no level is raised."""

    method = "none"
    authority = "none"
    document_types: frozenset[str] = frozenset()
    offers: tuple[Offer, ...] = ()

    def verify(self, claim: IdentityClaim, *, now: datetime) -> VerificationResult:
        """PROVIDER_ERROR, whoever is asked about."""
        del claim
        return VerificationResult(
            outcome=Outcome.PROVIDER_ERROR,
            method=self.method,
            authority=self.authority,
            provider_code=NOT_CONFIGURED,
            checked_at=now,
        )


class AbsentDelivery:
    """A MessageDelivery that sends nothing and says so."""

    def send(self, message: Message, *, now: datetime) -> DeliveryReceipt:
        """The receipt of a failed delivery."""
        del message
        return DeliveryReceipt(
            status=DeliveryStatus.FAILED, provider="none", at=now, provider_code=NOT_CONFIGURED
        )
