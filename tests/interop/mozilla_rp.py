"""A Django site that signs its users in with mozilla-django-oidc, unmodified; /who answers JSON."""

import os
from wsgiref.simple_server import make_server

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

PORT = int(os.environ["PORT"])
ISSUER = os.environ["ISSUER"]
settings.configure(
    SECRET_KEY="only-for-this-process",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]},
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    SESSION_COOKIE_NAME="mozilla_rp",
    AUTHENTICATION_BACKENDS=[f"{__name__}.ByName"],
    LOGIN_REDIRECT_URL="/who",
    LOGIN_REDIRECT_URL_FAILURE="/failed",
    OIDC_RP_CLIENT_ID=os.environ["CLIENT_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_RP_SCOPES="openid profile",
    OIDC_USE_PKCE=True,
    OIDC_OP_AUTHORIZATION_ENDPOINT=f"{ISSUER}/oauth2/authorize",
    OIDC_OP_TOKEN_ENDPOINT=f"{ISSUER}/oauth2/token",
    OIDC_OP_USER_ENDPOINT=f"{ISSUER}/oauth2/userinfo",
    OIDC_OP_JWKS_ENDPOINT=f"{ISSUER}/oauth2/jwks",
)
django.setup()

from mozilla_django_oidc.auth import OIDCAuthenticationBackend  # noqa: E402 - needs the settings


class ByName(OIDCAuthenticationBackend):
    """Users are keyed by `sub`: this provider promises no e-mail address."""

    def verify_claims(self, claims: dict[str, object]) -> bool:
        return bool(claims.get("sub"))

    def filter_users_by_claims(self, claims: dict[str, object]) -> object:
        return self.UserModel.objects.filter(username=claims["sub"])

    def create_user(self, claims: dict[str, object]) -> object:
        name = str(claims.get("name", ""))
        return self.UserModel.objects.create_user(claims["sub"], first_name=name)


def who(request: HttpRequest) -> HttpResponse:
    user = request.user
    claims = {"sub": user.get_username()}
    return JsonResponse({"claims": claims, "userinfo": {**claims, "name": user.first_name}})


def failed(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("failed", status=403)


urlpatterns = [
    path("oidc/", include("mozilla_django_oidc.urls")),
    path("who", who),
    path("failed", failed),
]

if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    make_server("127.0.0.1", PORT, WSGIHandler()).serve_forever()
