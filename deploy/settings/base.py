"""What every profile shares. A profile's module sets the rest and makes `PROVIDER`."""

import os
from typing import Any

import environ

from deploy.settings.environment import Environment
from deploy.settings.locations import SOURCE, Locations

ENVIRONMENT = Environment(variables=os.environ)
LOCATIONS = Locations(data=ENVIRONMENT.path("TONGXING_DATA", SOURCE / "var"))

DATABASE_URL = ENVIRONMENT.text("DATABASE_URL", f"sqlite:///{LOCATIONS.database}")
REDIS_URL = ENVIRONMENT.text("REDIS_URL", f"unix://{LOCATIONS.store_socket}")


def database(url: str) -> dict[str, Any]:
    """Return Django's settings of the database at `url`.

    SQLite: writers queue at BEGIN instead of failing at COMMIT, and a commit is on disk before
    the answer goes out (`synchronous=FULL`). PostgreSQL: prepared statements from the second use;
    from the first, every savepoint's name would be prepared and thrown away.
    """
    found: dict[str, Any] = environ.Env.db_url_config(url)
    options = found.setdefault("OPTIONS", {})
    if found["ENGINE"].endswith("sqlite3"):
        options["transaction_mode"] = "IMMEDIATE"
        options["timeout"] = 10
        options["init_command"] = (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000;"
            " PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8000"
        )
    elif found["ENGINE"].endswith("postgresql"):
        found["ENGINE"] = "deploy.postgresql"
        options.setdefault("server_side_binding", True)
        options.setdefault("prepare_threshold", 1)
        found["CONN_HEALTH_CHECKS"] = True
        found["CONN_MAX_AGE"] = 0  # given back, not closed: see deploy.postgresql
        return found
    found["CONN_MAX_AGE"] = None
    return found


DATABASES = {"default": database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "deploy",
    "idp.foundation",
    "idp.channels",
    "idp.clients",
    "idp.subjects",
    "idp.staff",
    "idp.sessions",
    "idp.tokens",
    "idp.journey",
    "admin",
    "admin.api",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "deploy.page_headers.PagePolicy",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "deploy.page_headers.Camera",
    "deploy.page_headers.Language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "deploy.failures.Patience",
]

ROOT_URLCONF = "deploy.urls"
WSGI_APPLICATION = "deploy.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted((SOURCE / "idp").rglob("templates")),
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [SOURCE / "idp" / "journey" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = LOCATIONS.static

CSRF_FAILURE_VIEW = "deploy.failures.csrf_failure"
CSRF_USE_SESSIONS = False
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 4
FILE_UPLOAD_HANDLERS = ["idp.journey.uploads.PictureHandler"]  # nothing reaches a disk

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "media-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "accelerometer": [],
    "camera": [],
    "display-capture": [],
    "geolocation": [],
    "gyroscope": [],
    "magnetometer": [],
    "microphone": [],
    "payment": [],
    "publickey-credentials-get": ["self"],
    "usb": [],
}

LOGGING_CONFIG = None  # deploy.logging sets structlog up, once per process
