"""Five clients that others wrote, none of them changed, complete a login on real sockets."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interop.conftest import HERE, free_port
from tests.product import Product
from tests.visiting import Visitor, knowing

pytestmark = [pytest.mark.packages, pytest.mark.server, pytest.mark.requirement("R8")]

Person = dict[str, Any]
Start = Callable[..., str]
MODULES = Path("/usr/lib/apache2/modules")


def registered(product: Product, redirect_uri: str, **metadata: Any) -> dict[str, str]:
    """Register a client dynamically; the environment that our scripts read."""
    client = product.register(
        client_name="互通测试",
        redirect_uris=[redirect_uri],
        scope="openid profile",
        **metadata,
    )
    return {
        "ISSUER": product.issuer,
        "CLIENT_ID": client["client_id"],
        "CLIENT_SECRET": client["client_secret"],
    }


def signed_in(product: Product, person: Person, login: str) -> dict[str, Any]:
    """Walk from the client's login to the client's own page; what that page says."""
    visitor = Visitor(knows=knowing(product, person))
    answer = visitor.visit(login)
    assert answer.status_code == 200, (answer.url, answer.text)
    assert visitor.steps == ["login", "consent"]
    said: dict[str, Any] = answer.json()
    return said


def require_same_person(said: dict[str, Any], person: Person) -> None:
    assert said["claims"]["sub"]
    assert said["userinfo"]["sub"] == said["claims"]["sub"]
    assert said["userinfo"]["name"] == person["name"]


def test_authlib_signs_in_when_its_django_client_is_unchanged(
    shared_product: Product, citizen: Person, start: Start
) -> None:
    port = free_port()
    known = registered(shared_product, f"http://127.0.0.1:{port}/cb")
    address = start([sys.executable, str(HERE / "authlib_rp.py")], port, **known)

    said = signed_in(shared_product, citizen, f"{address}/login")

    require_same_person(said, citizen)
    assert said["claims"]["iss"] == shared_product.issuer


def test_openid_client_signs_in_and_refreshes_when_npm_ships_it(
    shared_product: Product, citizen: Person, start: Start, node_clients: Path
) -> None:
    port = free_port()
    known = registered(
        shared_product,
        f"http://127.0.0.1:{port}/cb",
        grant_types=["authorization_code", "refresh_token"],
        token_endpoint_auth_method="client_secret_post",
    )
    script = str(node_clients / "openid_client_rp.mjs")
    address = start(["node", script], port, **known)

    said = signed_in(shared_product, citizen, f"{address}/login")

    require_same_person(said, citizen)
    assert said["refreshed"] is True


def test_oauth4webapi_signs_in_and_introspects_when_npm_ships_it(
    shared_product: Product, citizen: Person, start: Start, node_clients: Path
) -> None:
    port = free_port()
    known = registered(
        shared_product,
        f"http://127.0.0.1:{port}/cb",
        token_endpoint_auth_method="client_secret_basic",
    )
    address = start(["node", str(node_clients / "oauth4webapi_rp.mjs")], port, **known)

    said = signed_in(shared_product, citizen, f"{address}/login")

    require_same_person(said, citizen)
    assert said["active"] is True


def test_mozilla_django_oidc_signs_in_when_it_is_unchanged(
    shared_product: Product, citizen: Person, start: Start, tmp_path: Path
) -> None:
    port = free_port()
    known = registered(
        shared_product,
        f"http://127.0.0.1:{port}/oidc/callback/",
        token_endpoint_auth_method="client_secret_post",
        id_token_signed_response_alg="RS256",
    )
    database = str(tmp_path / "users.sqlite3")
    command = [sys.executable, str(HERE / "mozilla_rp.py")]
    address = start(command, port, DATABASE=database, **known)

    said = signed_in(shared_product, citizen, f"{address}/oidc/authenticate/")

    require_same_person(said, citizen)


def test_mod_auth_openidc_signs_in_when_debian_ships_it(
    shared_product: Product, citizen: Person, start: Start, tmp_path: Path
) -> None:
    port = free_port()
    known = registered(
        shared_product,
        f"http://127.0.0.1:{port}/private/redirect_uri",
        token_endpoint_auth_method="client_secret_basic",
    )
    site = tmp_path / "site" / "private"
    site.mkdir(parents=True)
    (site / "index.html").write_text("<!doctype html><title>private</title>inside")
    filled = (HERE / "apache.conf.in").read_text()
    values = {
        "folder": str(tmp_path),
        "port": str(port),
        "modules": str(MODULES),
        "issuer": known["ISSUER"],
        "client_id": known["CLIENT_ID"],
        "client_secret": known["CLIENT_SECRET"],
    }
    for name, value in values.items():
        filled = filled.replace(f"@{name}@", value)
    configuration = tmp_path / "apache.conf"
    configuration.write_text(filled)
    command = ["/usr/sbin/apache2", "-f", str(configuration), "-D", "FOREGROUND"]
    address = start(command, port)

    visitor = Visitor(knows=knowing(shared_product, citizen))
    answer = visitor.visit(f"{address}/private/index.html")

    assert visitor.steps == ["login", "consent"]
    assert answer.status_code == 200
    assert answer.text.endswith("inside")
    assert answer.headers["X-Remote-Sub"]
    name = answer.headers["X-Remote-Name"].encode("latin-1").decode("utf-8")
    assert name == citizen["name"]
