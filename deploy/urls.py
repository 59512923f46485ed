"""Django's addresses: the pages. The hot paths are answered before Django, in `deploy.wsgi`."""

from django.urls import URLPattern, URLResolver

from deploy.composition import house

urlpatterns: list[URLPattern | URLResolver] = list(house().addresses())

handler400 = "deploy.failures.bad_request"
handler403 = "deploy.failures.forbidden"
handler404 = "deploy.failures.not_found"
handler500 = "deploy.failures.failed"
