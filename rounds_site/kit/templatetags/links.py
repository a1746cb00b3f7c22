"""Addresses that leave the portal. Load with {% load links %}."""

from django import template

from rounds_site.kit import links

register = template.Library()

register.simple_tag(links.absolute_url)
