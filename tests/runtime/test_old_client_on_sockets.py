"""An old client of the i厦门 shape against the running product: its people came by an import."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests

from tests.product import WITHIN, Product
from tests.spec.old_client import OldClient
from tests.visiting import Visitor, knowing

CALLBACK = "https://old.example/callback"
SECRET = "0123456789abcdef0123456789abcdef"
SOURCE = "import_sources: [{name: old-platform, ceiling: 2}]\n"


def post(url: str, form: Mapping[str, str]) -> tuple[int, bytes]:
    answer = requests.post(url, data=form, timeout=WITHIN)
    return answer.status_code, answer.content


def taken_over(product: Product, folder: Path, person: Mapping[str, str]) -> None:
    """What operators do: declare the source, import its clients and its people."""
    client = {
        "client_id": "old-portal",
        "redirect_uris": [CALLBACK],
        "client_secret": SECRET,
        "token_endpoint_auth_method": "client_secret_post",
        "scope": "basic name mobile",
        "legacy_doors": ["ixiamen"],
    }
    files = {
        "source.yaml": SOURCE,
        "clients.ndjson": json.dumps(client) + "\n",
        "people.ndjson": json.dumps(person, ensure_ascii=False) + "\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    taking = ("--source", "old-platform")
    for words in (
        ("apply", str(folder / "source.yaml")),
        ("import", "clients", str(folder / "clients.ndjson"), *taking),
        ("import", "people", str(folder / "people.ndjson"), *taking),
    ):
        done = product.manage(*words)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.server
@pytest.mark.requirement("R5")
@pytest.mark.requirement("R8")
def test_old_client_knows_its_people_again_when_only_its_host_changed(
    shared_product: Product, tmp_path: Path
) -> None:
    person = shared_product.person("adult")
    row = {
        "id": "xm-0042",
        "name": person["name"],
        "document_type": "resident_id_card",
        "document_number": person["documents"][0]["number"],
    }
    taken_over(shared_product, tmp_path, row)
    client = OldClient(
        host=shared_product.issuer,
        client_id="old-portal",
        client_secret=SECRET,
        redirect_uri=CALLBACK,
        post=post,
    )
    visitor = Visitor(knows=knowing(shared_product, person))
    answer = visitor.visit(client.start(scope="basic name mobile"), until=CALLBACK)
    status, token = client.token(client.returned(answer.headers["Location"])["code"])
    assert status == 200, token
    assert client.user(token["access_token"]) == (
        200,
        {
            "openId": "xm-0042",
            "userType": "1",
            "personName": person["name"],
            "mobile": person["phone"].removeprefix("+86"),
        },
    )
