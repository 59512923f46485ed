"""The rows of the table: what is measured, in which unit, and what we want of the product."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One operation. `goal` is per second at least, or CPU milliseconds at most (`is_cpu`).

    A `durable` row is on disk before the answer, on both servers.
    """

    key: str
    title: str
    goal: float
    is_cpu: bool = False
    durable: bool = False

    def is_met(self, value: float) -> bool:
        return value <= self.goal if self.is_cpu else value >= self.goal


ROWS = (
    Row(key="cc_es256", title="client_credentials, ES256 JWT", goal=18_000),
    Row(key="cc_rs256", title="client_credentials, RS256 JWT", goal=3_400),
    Row(key="introspect_opaque", title="introspection, opaque", goal=30_000),
    Row(key="introspect_jwt", title="introspection, JWT, cached", goal=30_000),
    Row(key="introspect_jwt_cold", title="introspection, JWT, cold", goal=10_000),
    Row(key="userinfo", title="userinfo", goal=30_000),
    Row(key="refresh", title="refresh with rotation, durable", goal=8_000, durable=True),
    Row(
        key="refresh_id_token",
        title="refresh, durable, with RS256 id_token",
        goal=2_800,
        durable=True,
    ),
    Row(
        key="sso_serial",
        title="SSO code flow, serial",
        goal=0.8,
        is_cpu=True,
        durable=True,
    ),
    Row(
        key="sso_saturated",
        title="SSO code flow, saturated",
        goal=0.6,
        is_cpu=True,
        durable=True,
    ),
    Row(key="login_sms", title="first login, SMS code", goal=6.0, is_cpu=True, durable=True),
    Row(key="jwks", title="JWKS", goal=60_000),
    Row(key="discovery", title="discovery", goal=60_000),
)
