"""Owns what is counted by the hour: the figures a dashboard shows without reading any history.

Two hands fill it, `counting` in each process and `folding` from the audit trail; `reading` sums up.
Counts name clients and connectors, never people. What a figure means is said by who shows it.
"""

from idp.foundation.tally.counting import Tally
from idp.foundation.tally.folding import EVENT, PROOF, SIGN_IN, fold_trail
from idp.foundation.tally.models import HourlyCount, TallyMark
from idp.foundation.tally.reading import Counted, forget_counts, read_counts

STEP = "step"
"""How far journeys come: counted by the hall, for nobody records who leaves."""

__all__ = [
    "EVENT",
    "PROOF",
    "SIGN_IN",
    "STEP",
    "Counted",
    "HourlyCount",
    "Tally",
    "TallyMark",
    "fold_trail",
    "forget_counts",
    "read_counts",
]
