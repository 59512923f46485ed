"""How fresh a capture must be, and how large its picture may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSettings:
    """What holds for every camera.

    Attributes:
        longest_age: seconds between taking and arrival; the nonce has a lifetime of its own.
        clock_skew: seconds a device's clock may be ahead of ours.
        largest_portrait: octets of the picture; authorities take no more.
    """

    longest_age: float = 60.0
    clock_skew: float = 30.0
    largest_portrait: int = 200 * 1024

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            ValueError: a field holds a value outside its range.
        """
        if self.longest_age <= 0:
            raise ValueError("longest_age: more than 0 seconds")
        if self.clock_skew < 0:
            raise ValueError("clock_skew: 0 seconds or more")
        if self.largest_portrait <= 0:
            raise ValueError("largest_portrait: more than 0 octets")
