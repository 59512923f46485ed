"""Django's addresses: the pages. The hot paths are answered before Django, in `deploy.wsgi`."""

from django.urls import URLPattern

from deploy.composition import house

urlpatterns: list[URLPattern] = list(house().urlpatterns)
