"""Django's addresses: the pages. The hot paths are answered before Django, in `deploy.wsgi`."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
