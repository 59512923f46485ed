"""The city in which these authenticators are used."""

from tests.city_fixtures import city, local_sandbox, other_walker, phone, walker

__all__ = ["city", "local_sandbox", "other_walker", "phone", "walker"]
