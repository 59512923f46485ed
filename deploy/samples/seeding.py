"""Declares the sample portals and the kiosk as clients, with the secrets of this data directory."""

from pathlib import Path
from urllib.parse import urlsplit

from deploy.samples.catalogue import (
    KIOSK_CLIENT_ID,
    PORTALS,
    kiosk_city_settings,
    kiosk_metadata,
    kiosk_url,
    portal_city_settings,
    portal_metadata,
)
from deploy.samples.credentials import load_or_create
from idp.clients.directory import SnapshotDirectory
from idp.clients.registrar import ClientRegistrar


def declare_samples(
    registrar: ClientRegistrar, directory: SnapshotDirectory, *, port: int, data: Path
) -> None:
    """Idempotent: a sample that stands as wanted is left alone."""
    credentials = load_or_create(data, tuple(portal.client_id for portal in PORTALS))
    directory.reload()
    for portal in PORTALS:
        standing = directory.get(portal.client_id)
        callback = f"{portal.url(port)}/callback"
        if standing is None or callback not in standing.redirect_uris:
            registrar.declare(
                portal.client_id,
                portal_metadata(portal, port),
                portal_city_settings(portal),
                secret=credentials.secret_of(portal.client_id),
            )
    kiosk = directory.get(KIOSK_CLIENT_ID)
    if kiosk is None or f"{kiosk_url(port)}/callback" not in kiosk.redirect_uris:
        registrar.declare(KIOSK_CLIENT_ID, kiosk_metadata(port), kiosk_city_settings())


def port_of(issuer: str, named: str) -> int:
    """The provider's own port: the samples' are counted from it, whatever proxy stands before."""
    return int(named or urlsplit(issuer).port or 8000)
