"""Words for codes, in templates: `{{ each.method|method_name }}`."""

from django import template

from admin import words
from admin.names import Names

register = template.Library()

register.filter("method_name", words.method_name)
register.filter("authority_name", words.authority_name)
register.filter("evidence_outcome", words.evidence_outcome)
register.filter("event_outcome", words.event_outcome)
register.filter("event_name", words.event_name)
register.filter("identifier_name", words.identifier_name)
register.filter("document_name", words.document_name)
register.filter("channel_name", words.channel_name)


@register.filter
def named_by(operator: str, names: Names) -> str:
    """The operator's name and user name; a program's or a command's as it is."""
    return names(operator)
