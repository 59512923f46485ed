"""The ground floor, wired: clock, keys, sealing, store, database, outbound calls."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.conf import settings as django_settings

from connectors.addresses import AddressPolicy
from connectors.http import OutboundClient
from idp.channels.connector_terms import ConnectorTerms
from idp.conf import Profile, ProviderSettings
from idp.foundation.audit import CountedAudit
from idp.foundation.clock import Clock, SystemClock
from idp.foundation.database import Database
from idp.foundation.keys import AUDIT, KeyPlan, KeyRing, RotationPolicy
from idp.foundation.sealing import BlindIndex, RootKeys, Sealer
from idp.foundation.storage import ReplayCache, RevocationFeed, ValkeyStore
from idp.foundation.tally import Tally
from idp.foundation.version import ConfigurationWatch

ROOT_KEY_ID = "k1"
TOLD_APART = 500
"""Different failures (client, reason, network) that one process tells apart in a minute."""
AUDIT_PLAN = KeyPlan(purpose=AUDIT, algorithms=("ES256",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every room above stands on; one of each in a process."""

    settings: ProviderSettings
    clock: Clock
    sealer: Sealer
    index: BlindIndex
    keys: KeyRing
    audit_keys: KeyRing
    store: ValkeyStore
    replays: ReplayCache
    revocations: RevocationFeed
    database: Database
    watch: ConfigurationWatch
    connector_terms: ConnectorTerms
    tally: Tally
    counted: CountedAudit
    failures: CountedAudit
    outbound: OutboundClient

    @property
    def token_plan(self) -> KeyPlan:
        lifetimes = self.settings.lifetimes
        overlap = timedelta(seconds=lifetimes.signing_key_overlap)
        policy = RotationPolicy(
            signs_for=timedelta(seconds=lifetimes.signing_key_ttl),
            published_before=overlap,
            published_after=overlap,
        )
        return KeyPlan(algorithms=self.settings.signing_algorithms, policy=policy)


def lay_ground(settings: ProviderSettings) -> Ground:
    """Construct the ground floor; nothing connects before it is used."""
    clock = SystemClock()
    roots = RootKeys(active=ROOT_KEY_ID, keys={ROOT_KEY_ID: settings.root_key.reveal()})
    sealer = Sealer(roots, provider=settings.sealing)
    database = Database(django_settings.DATABASES["default"])
    store = ValkeyStore(django_settings.REDIS_URL)
    return Ground(
        settings=settings,
        clock=clock,
        sealer=sealer,
        index=BlindIndex(settings.blind_index_key.reveal()),
        keys=KeyRing(sealer),
        audit_keys=KeyRing(sealer, purpose=AUDIT),
        store=store,
        replays=ReplayCache(store, clock=clock),
        revocations=RevocationFeed(store, clock=clock),
        database=database,
        watch=ConfigurationWatch(clock=clock),
        connector_terms=ConnectorTerms(),
        tally=Tally(database, clock=clock),
        counted=CountedAudit(database, clock=clock),
        failures=CountedAudit(database, clock=clock, window=60, limit=TOLD_APART),
        outbound=OutboundClient(addresses_for(settings), clock=clock.monotonic),
    )


def addresses_for(settings: ProviderSettings, *networks: str) -> AddressPolicy:
    """Public networks and those approved, over https; development reaches this machine too.

    Raises:
        ValueError: one of the networks is not in CIDR form.
    """
    policy = AddressPolicy.production(*networks)
    if settings.profile == Profile.DEVELOPMENT:
        return replace(policy, permits_loopback=True, permits_http=True)
    return policy
