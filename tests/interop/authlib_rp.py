"""A relying party on Authlib's Django client, unmodified: /login starts, /cb answers JSON."""

import os
import sys
from wsgiref.simple_server import make_server

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

PORT = int(os.environ["PORT"])
settings.configure(
    SECRET_KEY="only-for-this-process",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    SESSION_COOKIE_NAME="authlib_rp",
    AUTHLIB_OAUTH_CLIENTS={
        "city": {
            "client_id": os.environ["CLIENT_ID"],
            "client_secret": os.environ["CLIENT_SECRET"],
            "server_metadata_url": os.environ["ISSUER"] + "/.well-known/openid-configuration",
            "client_kwargs": {"scope": "openid profile", "code_challenge_method": "S256"},
        }
    },
)
django.setup()

from authlib.integrations.django_client import OAuth  # noqa: E402 - reads the settings above

oauth = OAuth()
oauth.register("city")


def login(request: HttpRequest) -> HttpResponse:
    return oauth.city.authorize_redirect(request, f"http://127.0.0.1:{PORT}/cb")


def callback(request: HttpRequest) -> HttpResponse:
    token = oauth.city.authorize_access_token(request)
    userinfo = oauth.city.userinfo(token=token)
    return JsonResponse({"claims": dict(token["userinfo"]), "userinfo": dict(userinfo)})


urlpatterns = [path("login", login), path("cb", callback)]

if __name__ == "__main__":
    sys.modules.setdefault(__name__, sys.modules["__main__"])
    make_server("127.0.0.1", PORT, WSGIHandler()).serve_forever()
