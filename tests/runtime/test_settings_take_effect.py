"""Settings that once changed nothing: each reaches the part it speaks of."""

from dataclasses import replace
from datetime import timedelta

from django.conf import settings

from deploy.composition.ground import lay_ground
from idp.conf import Branding
from idp.journey.branding import brand_in_language


def test_signing_keys_rotate_as_the_lifetimes_say() -> None:
    lifetimes = replace(
        settings.PROVIDER.lifetimes, signing_key_ttl=30 * 86_400, signing_key_overlap=3_600
    )
    policy = lay_ground(replace(settings.PROVIDER, lifetimes=lifetimes)).token_plan.policy
    assert policy.signs_for == timedelta(days=30)
    assert policy.published_before == policy.published_after == timedelta(hours=1)


def test_logo_of_the_city_is_shown_when_it_is_set() -> None:
    branding = Branding(logo="/static/city.svg")
    assert brand_in_language(branding, "en").logo_url == "/static/city.svg"
    assert brand_in_language(Branding(), "en").logo_url == ""
