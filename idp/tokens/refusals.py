"""Why this room refuses; the doors turn each into its registered error code."""


class GrantRefused(Exception):
    """The code or token is unknown, used, expired, revoked or another client's.

    `debug` goes to the log alone: the client learns no more than invalid_grant.
    """

    def __init__(self, debug: str) -> None:
        super().__init__(debug)
        self.debug = debug


class ReplayDetected(GrantRefused):
    """A single-use value came a second time; its grant and all its tokens are revoked."""


class ScopeExceeded(Exception):
    """More scope than was granted or registered; the words are safe to show."""


class TargetUnknown(Exception):
    """A resource that may not be asked for (RFC 8707 §2); the words are safe to show."""
