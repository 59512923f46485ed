"""Liveness and readiness for load balancers and orchestrators: 200 or 503, with a JSON reason."""

from collections.abc import Iterable, Mapping

import orjson

from deploy.house import Endpoint, Environ, Probe, StartResponse

_HEADERS = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


def live(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Answer that this process handles requests at all."""
    return _answer(start_response, healthy=True, content={"status": "live"})


def ready(probes: tuple[Probe, ...]) -> Endpoint:
    """Return the endpoint that answers whether requests are welcome here now."""

    def endpoint(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        reasons = {probe.name: probe.check() for probe in probes}
        healthy = not any(reasons.values())
        content = {
            "status": "ready" if healthy else "not ready",
            "checks": {name: reason or "ok" for name, reason in reasons.items()},
        }
        return _answer(start_response, healthy=healthy, content=content)

    return endpoint


def _answer(
    start_response: StartResponse, *, healthy: bool, content: Mapping[str, object]
) -> list[bytes]:
    body = orjson.dumps(content)
    status = "200 OK" if healthy else "503 Service Unavailable"
    start_response(status, [*_HEADERS, ("Content-Length", str(len(body)))])
    return [body]
