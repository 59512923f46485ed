"""What stands where no gateway is configured: it answers, and sends nothing."""

from datetime import datetime
from typing import Final

from connectors.evidence import Channel, DeliveryReceipt, DeliveryStatus, Message

NOT_CONFIGURED: Final = "not_configured"


class AbsentDelivery:
    """A MessageDelivery that sends nothing and says so."""

    provider = "none"

    def carries(self, channel: Channel) -> bool:
        """No channel."""
        del channel
        return False

    def reaches(self, channel: Channel, to: str) -> bool:
        """Nobody."""
        del channel, to
        return False

    def send(self, message: Message, *, now: datetime) -> DeliveryReceipt:
        """The receipt of a failed delivery."""
        del message
        return DeliveryReceipt(
            status=DeliveryStatus.FAILED, provider="none", at=now, provider_code=NOT_CONFIGURED
        )
