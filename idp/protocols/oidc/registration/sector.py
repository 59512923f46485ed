"""The sector identifier: fetched at registration alone (OIDC Registration 1.0 §5)."""

from collections.abc import Callable, Mapping
from typing import Any

from idp.clients.metadata import MetadataProblem

FetchJson = Callable[[str], Any]
"""An address → its JSON document; raises SectorUnreachable. It owns the SSRF guard."""


class SectorUnreachable(Exception):
    """The address did not answer with a JSON document."""


def sector_check(fetch: FetchJson) -> Callable[[Mapping[str, Any]], None]:
    """A check that every redirect URI is listed at a given sector_identifier_uri."""

    def require_sector(given: Mapping[str, Any]) -> None:
        uri = given.get("sector_identifier_uri")
        if uri is None:
            _require_one_host(given)
            return
        if not isinstance(uri, str) or not uri.startswith("https://"):
            raise MetadataProblem("sector_identifier_uri", "must be an https address")
        try:
            listed = fetch(uri)
        except SectorUnreachable as problem:
            raise MetadataProblem("sector_identifier_uri", str(problem)) from problem
        if not isinstance(listed, list) or not set(given.get("redirect_uris") or ()) <= {
            item for item in listed if isinstance(item, str)
        }:
            # The redirect URIs may be quite right: the two members contradict each other.
            raise MetadataProblem("sector_identifier_uri", "does not list every redirect URI")

    return require_sector


def _require_one_host(given: Mapping[str, Any]) -> None:
    """OpenID Connect Core 1.0 §8.1: several hosts and pairwise subjects need one."""
    if given.get("subject_type") != "pairwise":
        return
    uris = given.get("redirect_uris")
    hosts = {str(uri).split("/")[2:3][0] for uri in uris or () if str(uri).count("/") >= 2}
    if len(hosts) > 1:
        raise MetadataProblem(
            "sector_identifier_uri", "is needed where redirect URIs differ in host"
        )
