"""{{ round.starts_at|nhs_date }} and its kin. Load with {% load formats %}."""

from django import template

from rounds_site.kit import formats, privacy

register = template.Library()

register.filter(formats.nhs_date)
register.filter(formats.nhs_time)
register.filter(formats.nhs_moment)
register.filter(formats.nhs_half_year)
register.filter(formats.thousands)
register.filter(formats.percent)
register.filter(formats.pounds)
register.filter("nhs_until", formats.nhs_range)
register.simple_tag(privacy.kept_in_words)


@register.filter
def nhs_day(day):
    """4 August"""
    return formats.nhs_date(day, weekday=False, year=False)


@register.filter
def nhs_short_date(day):
    """4 August 2027"""
    return formats.nhs_date(day, weekday=False)


@register.filter
def nhs_weekday(day):
    """Wednesday"""
    return formats.WEEKDAYS[formats.local(day).weekday()]


@register.filter
def nhs_month(day):
    """August 2027"""
    day = formats.local(day)
    return f"{formats.MONTHS[day.month - 1]} {day.year}"


@register.filter
def nhs_month_name(day):
    """August"""
    return formats.MONTHS[formats.local(day).month - 1]


@register.filter
def day_number(day):
    """4"""
    return formats.local(day).day


@register.simple_tag
def nhs_range(start, end):
    """1pm to 2pm"""
    return formats.nhs_range(start, end)
