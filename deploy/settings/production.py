"""The production profile: nothing is made up, whatever is missing stops the start.

`deploy.production` lists what this profile refuses; `manage.py doctor` says how to mend it.
"""

from deploy.settings.base import *  # noqa: F403 - a profile is the base and what it adds
from deploy.settings.base import ENVIRONMENT
from deploy.settings.environment import load, parse_secret
from idp.conf import Profile, ProviderSettings

PROVIDER = load(
    ProviderSettings,
    environment=ENVIRONMENT,
    given={"TONGXING_PROFILE": Profile.PRODUCTION},
)

SECRET_KEY = (
    parse_secret("TONGXING_SESSION_KEY", ENVIRONMENT.text("TONGXING_SESSION_KEY")).reveal().decode()
)
DEBUG = False
ALLOWED_HOSTS = [
    PROVIDER.host,
    *ENVIRONMENT.text("TONGXING_ALLOWED_HOSTS").replace(",", " ").split(),
]
CSRF_TRUSTED_ORIGINS = [PROVIDER.issuer]
CSRF_COOKIE_NAME = PROVIDER.cookie_name("csrf")
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = False  # nginx redirects; the provider itself only ever hears the proxy
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # the redirect is nginx's, see above

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
