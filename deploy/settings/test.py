"""The test profile: development's rules, secrets of its own, every process in a folder of its own.

`DATABASE_URL` and `REDIS_URL` move the same tests to PostgreSQL and Redis.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Each xdist worker has a Redis database of its own; an embedded store is one's own anyway.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if _WORKER and os.environ.get("REDIS_URL", "").endswith("/0"):
    _NUMBER = int(_WORKER.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].removesuffix('/0')}/{_NUMBER}"

_FOLDER = Path(tempfile.mkdtemp(prefix="tongxing-test-"))
os.environ["TONGXING_DATA"] = str(_FOLDER)
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)

from deploy.settings.development import *  # noqa: E402, F403 - the folder must be named first
from deploy.settings.development import ALLOWED_HOSTS, DATABASES  # noqa: E402 - the same

ALLOWED_HOSTS += ["testserver"]
_DEFAULT = DATABASES["default"]
if _DEFAULT["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads must meet as they do in production. No fsync: the durability
    # tests start the product itself, with the real settings.
    _DEFAULT["TEST"] = {"NAME": str(_FOLDER / "test.sqlite3")}
    _DEFAULT["OPTIONS"]["init_command"] = _DEFAULT["OPTIONS"]["init_command"].replace(
        "synchronous=FULL", "synchronous=OFF"
    )
# Every test has a Django of its own: none of them looks through all static files to begin with.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
