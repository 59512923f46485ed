"""Opens a liveness session, sends the person to the authority's camera page, fetches the result.

Owns who answers; the order of one comparison is `connectors.face_visits`', its wire `wire`'s.
"""

from connectors.face.wire import WIRE
from connectors.face_visits import FaceVisits

METHOD = "face_comparison"
AUTHORITY = "cn_face_comparison"


class FaceComparison(FaceVisits):
    """A `RedirectVerification`."""

    method = METHOD
    authority = AUTHORITY
    wire = WIRE
