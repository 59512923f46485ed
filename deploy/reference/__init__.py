"""The references under docs/reference that are written by the code itself.

Each page is one function that returns Markdown; `PAGES` lists them. `manage.py reference`
writes them, `--check` (in `verify`) fails where a file differs.
"""

from collections.abc import Callable, Mapping

from deploy.reference.configuration import configuration
from deploy.reference.documents import documents
from deploy.reference.endpoints import endpoints
from deploy.reference.errors import errors
from deploy.reference.levels import levels
from deploy.reference.management import management
from deploy.reference.policies import policies
from deploy.reference.retention import retention

PAGES: Mapping[str, Callable[[], str]] = {
    "configuration.md": configuration,
    "documents.md": documents,
    "endpoints.md": endpoints,
    "errors.md": errors,
    "levels.md": levels,
    "management-api.md": management,
    "policies.md": policies,
    "retention.md": retention,
}
NOTICE = "<!-- Written by `python3 manage.py reference`: change the code, not this page. -->"
