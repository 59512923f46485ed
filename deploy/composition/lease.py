"""No grant on a stale configuration: a node without a lease answers 503 (architecture, rule 6)."""

from collections.abc import Callable

from django.db import DatabaseError

from idp.foundation.version import ConfigurationWatch
from idp.protocols.oauth.errors import TemporarilyUnavailable
from idp.protocols.oauth.wire import Handler, WireRequest, WireResponse

Refuse = Callable[[WireRequest, TemporarilyUnavailable], WireResponse]


def leased(handler: Handler, watch: ConfigurationWatch, refuse: Refuse) -> Handler:
    """The handler while this node knows the configuration; `refuse` while it does not."""

    def handle(request: WireRequest) -> WireResponse:
        if watch.has_lease() or _is_renewed(watch):
            return handler(request)
        return refuse(request, TemporarilyUnavailable("Try again in a moment."))

    return handle


def _is_renewed(watch: ConfigurationWatch) -> bool:
    try:
        watch.poll()
    except DatabaseError:
        return False
    return True
