"""Opens an application, sends the person to the administration's camera page, fetches the result.

Owns who answers; the order of one comparison is `connectors.face_visits`', its wire `wire`'s.
"""

from connectors.face_visits import FaceVisits
from connectors.immigration_face.wire import WIRE


class ImmigrationFace(FaceVisits):
    """A `RedirectVerification` for holders of passports, travel and residence permits."""

    method = "immigration"
    authority = "cn_national_immigration_administration"
    wire = WIRE
