"""The city this folder's tests walk through."""

from tests.city_fixtures import city, local_sandbox, other_walker, phone, regular, walker

__all__ = ["city", "local_sandbox", "other_walker", "phone", "regular", "walker"]
