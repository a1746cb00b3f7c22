"""Addresses: those that leave the portal, those of pages without arguments, and those of files of ours. Load with {%
load links %}."""

from functools import cache

from django import template
from django.templatetags.static import static

from rounds_site.kit import links

register = template.Library()

register.simple_tag(links.absolute_url)
register.simple_tag(links.address)
# As `static`, looked up once.
register.simple_tag(cache(static), name="file")
