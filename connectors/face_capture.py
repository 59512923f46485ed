"""What came of a face that an enrolled camera took.

Owns the shape; judging is `connectors.camera`'s, comparing an authority's.
"""

from dataclasses import dataclass, field

from connectors.evidence import Portrait
from connectors.outcomes import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What a camera's agent sends beside its statement, JPEG each: never store them."""

    portrait: bytes = field(default=b"", repr=False)
    chip: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceCapture:
    """The outcome, our code for it, and, where it is a match, the portrait: never store it."""

    outcome: Outcome
    code: str
    device_id: str = ""
    portrait: Portrait | None = field(default=None, repr=False)
    chip_portrait: Portrait | None = field(default=None, repr=False)
    """The photograph in the card's chip, where the machine's reader gave it along."""
