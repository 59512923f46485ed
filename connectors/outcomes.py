"""The one vocabulary in which every authority's answer is told.

Owns what an outcome means for the person; which answer maps to which outcome is each adapter's.
"""

from enum import StrEnum


class Outcome(StrEnum):
    """What a verification came to. The provider's own code is stored beside it, never instead."""

    MATCH = "MATCH"
    MISMATCH = "MISMATCH"
    NOT_FOUND = "NOT_FOUND"
    INCONCLUSIVE = "INCONCLUSIVE"
    NO_PHOTO = "NO_PHOTO"
    LOW_QUALITY = "LOW_QUALITY"
    INVALID_INPUT = "INVALID_INPUT"
    RATE_LIMITED = "RATE_LIMITED"
    PROVIDER_ERROR = "PROVIDER_ERROR"
    TIMEOUT = "TIMEOUT"

    @property
    def raises_level(self) -> bool:
        """Whether evidence with this outcome may raise an identity level: a match alone does."""
        return self is Outcome.MATCH

    @property
    def costs_an_attempt(self) -> bool:
        """Whether the try counts against the person: only what they said wrongly does.

        NOT_FOUND is not MISMATCH: soldiers, newborns and people who changed their name are
        absent from the library, so it is no wrong guess, but it still counts as a look-up, or
        the library could be searched for numbers that exist.
        """
        return self in _COSTS_AN_ATTEMPT

    @property
    def is_providers_fault(self) -> bool:
        """Whether the authority failed, so that trying again later or another way makes sense."""
        return self in _PROVIDERS_FAULT

    @property
    def needs_a_window(self) -> bool:
        """Whether the person is best sent to a service window: the library cannot decide."""
        return self in _NEEDS_A_WINDOW


_COSTS_AN_ATTEMPT = frozenset({Outcome.MISMATCH, Outcome.NOT_FOUND})
_PROVIDERS_FAULT = frozenset({Outcome.PROVIDER_ERROR, Outcome.TIMEOUT, Outcome.RATE_LIMITED})
_NEEDS_A_WINDOW = frozenset({Outcome.NOT_FOUND, Outcome.INCONCLUSIVE, Outcome.NO_PHOTO})
