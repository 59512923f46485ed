"""Tells the audit of client authentications that failed: which client, why, from which network.

Counted, since a flood of them must fill no database; never what was presented.
"""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from idp.clients.authentication.presented import ClientNotAuthenticated
from idp.foundation.audit import CountedAudit, CountedEvent

EVENT: Final = "client.authentication"
PREFIXES: Final = {4: 24, 6: 48}
"""How much of an address is told, by IP version: enough to find a network, not a household."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationFailures:
    counted: CountedAudit

    def note(self, problem: ClientNotAuthenticated, *, remote_address: str) -> None:
        """One more; words after a colon are for the log alone."""
        self.counted.count(
            CountedEvent(
                EVENT,
                "refused",
                problem.client_id,
                reason=problem.debug.partition(":")[0],
                address=network_of(remote_address),
            )
        )


def network_of(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ip_network((parsed, PREFIXES[parsed.version]), strict=False))
