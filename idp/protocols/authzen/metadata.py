"""The PDP's metadata (§9): where its endpoints are."""

from idp.conf import ProviderSettings

PATH = "/.well-known/authzen-configuration"
EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"
SEARCH_SUBJECT = "/access/v1/search/subject"
SEARCH_RESOURCE = "/access/v1/search/resource"
SEARCH_ACTION = "/access/v1/search/action"


def pdp_metadata(settings: ProviderSettings) -> dict[str, str]:
    """§9.1.1."""
    return {
        "policy_decision_point": settings.issuer,
        "access_evaluation_endpoint": settings.address(EVALUATION),
        "access_evaluations_endpoint": settings.address(EVALUATIONS),
        "search_subject_endpoint": settings.address(SEARCH_SUBJECT),
        "search_resource_endpoint": settings.address(SEARCH_RESOURCE),
        "search_action_endpoint": settings.address(SEARCH_ACTION),
    }
