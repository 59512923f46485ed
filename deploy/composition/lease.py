"""No grant on a stale configuration: a node without a lease answers 503 (architecture, rule 6)."""

from collections.abc import Callable

from idp.foundation.version import ConfigurationWatch, NoLease
from idp.journey.standing import Decide
from idp.protocols.oauth.errors import TemporarilyUnavailable
from idp.protocols.oauth.wire import Handler, WireRequest, WireResponse
from policies.decision import Decision
from policies.facts import Facts

Refuse = Callable[[WireRequest, TemporarilyUnavailable], WireResponse]


def leased(handler: Handler, watch: ConfigurationWatch, refuse: Refuse) -> Handler:
    """The handler while this node knows the configuration; `refuse` while it does not."""

    def handle(request: WireRequest) -> WireResponse:
        try:
            watch.require_lease()
        except NoLease:
            return refuse(request, TemporarilyUnavailable("Try again in a moment."))
        return handler(request)

    return handle


def decided_under_lease(decide: Decide, watch: ConfigurationWatch) -> Decide:
    """The decisions of a node that knows the configuration; NoLease while it does not."""

    def under_lease(facts: Facts) -> Decision:
        watch.require_lease()
        return decide(facts)

    return under_lease
