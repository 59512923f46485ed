"""Why something outside could not be reached or believed.

Owns the errors of the outbound client and of adapter configuration. `description` is safe to
show; `debug` is for the log and names hosts, never a path, query or body (they carry people).
"""


class ConnectorError(Exception):
    """Something about the outside world went wrong; the base of everything here."""

    description = "The other side could not be used."

    def __init__(self, debug: str = "") -> None:
        super().__init__(debug or self.description)
        self.debug = debug


class ConnectorMisconfigured(ConnectorError):
    """Settings name an unknown kind, miss a field or hold a value that cannot be."""

    description = "A connector is misconfigured."


class OutboundError(ConnectorError):
    """A call out did not bring a usable answer; the base of the client's errors."""

    description = "A call to another service failed."


class OutboundRefused(OutboundError):
    """We refused to make the call: scheme, address or shape of the URL is not permitted."""

    description = "This address may not be called."


class OutboundTimeout(OutboundError):
    """No whole answer within the time given."""

    description = "Another service took too long to answer."


class OutboundFailed(OutboundError):
    """No connection, no TLS, or the connection broke before the answer was whole."""

    description = "Another service could not be reached."


class OutboundCircuitOpen(OutboundFailed):
    """The service failed so often lately that it is given a rest; nothing was sent."""

    description = "Another service is resting after repeated failures."


class OutboundAnswerRejected(OutboundError):
    """An answer came but is not believed: status, size, content type or syntax is wrong."""

    description = "Another service answered in a way that cannot be used."

    def __init__(self, debug: str = "", *, status: int | None = None) -> None:
        super().__init__(debug)
        self.status = status
