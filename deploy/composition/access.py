"""The decision API, wired: the same policies and facts as every sign-in, under the lease."""

from collections.abc import Iterable, Mapping

from deploy.bridge import document, endpoint
from deploy.composition.lease import decided_under_lease
from deploy.composition.rooms import Rooms
from deploy.house import ECHOED, Endpoint, Environ, StartResponse
from idp.conf import ProviderSettings
from idp.foundation.sealing import purpose_key
from idp.protocols.authzen.decisions import Deciding
from idp.protocols.authzen.endpoint import (
    EVALUATE,
    SEARCH,
    AccessEndpoint,
    Answering,
    Evaluating,
    Finding,
)
from idp.protocols.authzen.metadata import (
    EVALUATION,
    EVALUATIONS,
    PATH,
    SEARCH_ACTION,
    SEARCH_RESOURCE,
    SEARCH_SUBJECT,
    pdp_metadata,
)
from idp.protocols.authzen.people import Particulars
from idp.protocols.authzen.search import Searching
from idp.protocols.oauth.wire import Handler, WireRequest, WireResponse, json_response

_LONGEST_ID = 128


def echoing(serve: Endpoint, handler: AccessEndpoint) -> Endpoint:
    """AuthZEN §10.1.3: "the PDP MUST include the same identifier in the response"."""

    def serve_and_echo(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        if given and len(given) <= _LONGEST_ID and given.isascii() and given.isprintable():
            environ[ECHOED] = given
        return serve(environ, start_response)

    serve_and_echo.__doc__ = handler.__doc__
    return serve_and_echo


def open_access(rooms: Rooms) -> Mapping[str, Endpoint]:
    """The endpoints by path."""
    ground, clients, hall, tokens = rooms.ground, rooms.clients, rooms.hall, rooms.tokens
    deciding = _deciding(rooms)

    def named(client_id: str, kind: str) -> tuple[str, ...]:
        return hall.policies.engine.named(client_id, kind)

    finding = Finding(
        searching=Searching(
            deciding=deciding,
            named=named,
            key=purpose_key(ground.settings.root_key.reveal(), "access-pages"),
        )
    )
    evaluating = Evaluating(deciding=deciding)

    def answered_by(answering: Answering, scope: str) -> Endpoint:
        handler = AccessEndpoint(
            issuer=ground.settings.issuer,
            scope=scope,
            verifier=tokens.verifier,
            clients=clients.directory,
            clock=ground.clock,
            answering=answering,
        )
        return echoing(endpoint(handler), handler)

    return {
        PATH: document(_metadata(ground.settings)),
        EVALUATION: answered_by(evaluating.one, EVALUATE),
        EVALUATIONS: answered_by(evaluating.several, EVALUATE),
        SEARCH_SUBJECT: answered_by(finding.subjects, SEARCH),
        SEARCH_RESOURCE: answered_by(finding.resources, SEARCH),
        SEARCH_ACTION: answered_by(finding.actions, SEARCH),
    }


def _deciding(rooms: Rooms) -> Deciding:
    hall = rooms.hall

    def mentions(client_id: str, name: str) -> bool:
        return hall.policies.engine.mentions(name, client_id=client_id)

    return Deciding(
        clients=rooms.clients.directory,
        decide=decided_under_lease(hall.policies.decide, rooms.ground.watch),
        remember=lambda facts, decision, at: hall.history.add(facts, decision, at=at),
        particulars=Particulars(chain=hall.subjects.chain, mentions=mentions),
    )


def _metadata(settings: ProviderSettings) -> Handler:
    published = json_response(pdp_metadata(settings), headers=())

    def answer(_request: WireRequest) -> WireResponse:
        return published

    return answer
