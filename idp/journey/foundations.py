"""What the rooms below and beside the hall are built on, handed in as one value."""

from dataclasses import dataclass

from idp.conf import ProviderSettings
from idp.foundation.clock import Clock
from idp.foundation.sealing import BlindIndex, Sealer
from idp.foundation.storage import ShortLivedStore
from idp.journey.away import Absences


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundations:
    """The ground floor, as the hall uses it."""

    settings: ProviderSettings
    clock: Clock
    store: ShortLivedStore
    sealer: Sealer
    index: BlindIndex

    @property
    def absences(self) -> Absences:
        """The records of browsers that left for other people's pages."""
        return Absences(store=self.store, sealer=self.sealer)
