"""What a server's worker process loads: the application, tied to its parent, secrets put away.

granian copies the process's environment into every request; the secrets in it were read and are
removed, and what is left is little.
"""

import gc
import os

from deploy.runtime.lifeline import follow_parent

follow_parent()

from deploy.wsgi import create_application  # noqa: E402 - the lifeline comes first

_KEPT = ("PATH", "HOME", "LANG", "LC_", "TZ", "SSL_CERT", "TMPDIR", "DJANGO_SETTINGS_MODULE")

application = create_application()

for _name in list(os.environ):
    if not _name.startswith(_KEPT) and not _name.lower().endswith("_proxy"):
        del os.environ[_name]

# What stands after the start stands until the end: a full collection must not look through all of
# it again and again, a tenth of a second long, while requests wait.
gc.collect()
gc.freeze()
