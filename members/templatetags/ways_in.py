from allauth.mfa.utils import is_mfa_enabled
from django import template
from django.conf import settings
from django.utils import timezone

from members.access import jobs_to_confirm, needs_second_factor
from members.models import Provider

register = template.Library()


@register.simple_tag(takes_context=True)
def a_second_step_is_missing(context):
    """Whether whoever looks holds a role and has no second step yet."""
    person = context["request"].user
    return needs_second_factor(person, now=timezone.now()) and not is_mfa_enabled(person)


@register.simple_tag(takes_context=True)
def lists_that_name_you(context):
    return jobs_to_confirm(context["request"].user, now=timezone.now())


@register.simple_tag
def offered_providers():
    return Provider.objects.offered().order_by("name")


@register.simple_tag
def passwords_are_wanted():
    return settings.PASSWORDS
