"""The development profile: everything embedded, nothing to configure, never for real people."""

from urllib.parse import urlsplit

from deploy.settings.base import *  # noqa: F403 - a profile is the base and what it adds
from deploy.settings.base import ENVIRONMENT, LOCATIONS
from deploy.settings.environment import load, parse_secret
from deploy.settings.secrets import development_secrets
from idp.conf import Authentication, Profile, ProviderSettings

_SECRETS = development_secrets(LOCATIONS.secrets)
_PORT = ENVIRONMENT.text("TONGXING_PORT", "8000")
_SANDBOX = f"http://127.0.0.1:{int(_PORT) + 1}"

PROVIDER = load(
    ProviderSettings,
    environment=ENVIRONMENT,
    given={
        "TONGXING_PROFILE": Profile.DEVELOPMENT,
        "TONGXING_ISSUER": f"http://127.0.0.1:{_PORT}",
        "TONGXING_REGISTRATION_OPEN": True,
        "TONGXING_PERSONAS": True,
        "TONGXING_SANDBOX_URL": _SANDBOX,
        # The sandbox compares faces; a city decides for itself whether it has them compared.
        "TONGXING_AUTHENTICATION_KINDS": (*Authentication().kinds, "face"),
        **{
            f"TONGXING_{name.upper()}": parse_secret(name, value)
            for name, value in _SECRETS.items()
        },
    },
)

SECRET_KEY = _SECRETS["session_key"]
DEBUG = False
ALLOWED_HOSTS = [
    PROVIDER.host,
    "127.0.0.1",
    "localhost",
    "[::1]",
    *ENVIRONMENT.text("TONGXING_ALLOWED_HOSTS").replace(",", " ").split(),
]
CSRF_TRUSTED_ORIGINS = [PROVIDER.issuer]
CSRF_COOKIE_NAME = PROVIDER.cookie_name("csrf")
CSRF_COOKIE_SECURE = PROVIDER.is_https
CSRF_COOKIE_PATH = urlsplit(PROVIDER.issuer).path or "/"

LOCATIONS.static.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True  # nothing has to be collected
WHITENOISE_AUTOREFRESH = False
