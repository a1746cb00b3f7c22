"""{% qr address %}: a QR code as inline SVG, black on white, without a style that our security policy would forbid."""

from django import template
from django.utils.html import format_html

from rounds_site.kit.qr import qr_rows

register = template.Library()


@register.simple_tag
def qr(address, label="Code that leads to the page"):
    rows = qr_rows(address)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return format_html(
        '<svg role="img" aria-label="{}" viewBox="0 0 {} {}" width="180" height="180" shape-rendering="crispEdges">'
        '<rect width="100%" height="100%" fill="#fff"/><path fill="#000" d="{}"/></svg>',
        label,
        len(rows),
        len(rows),
        path,
    )
