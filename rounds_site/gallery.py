"""Every component on one page, with invented data: to look at while building, open in the demo only."""

from datetime import date, time, timedelta

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from rounds_site.kit import charts, fields
from rounds_site.kit.fields import london
from rounds_site.kit.rendering import Button, Buttons, Field, Fieldset, Link


class SampleForm(fields.Form):
    """Each kind of field once. Sending it empty shows every error."""

    title = forms.CharField(
        label="What is it about?",
        help_text="A theme or the title of a case. Staff see it in the invitation.",
        max_length=80,
        error_messages={"required": "Enter what it is about"},
    )
    meeting = fields.RadioField(
        label="How will people meet?",
        choices=[("in_person", "In person"), ("online", "Online"), ("hybrid", "Both at once")],
        item_hints={"hybrid": "People choose when they book"},
        error_messages={"required": "Select how people will meet"},
    )
    link = forms.URLField(label="Joining link", required=False, assume_scheme="https")
    on = fields.SplitDateField(label="When is it?", what="the date of the Round", help_text="For example, 4 8 2027")
    at = fields.TimeField(label="When does it start?", what="the time it starts")
    audience = fields.CheckboxesField(
        label="Who is it for?",
        choices=[("acute", "Acute hospitals"), ("care", "Social care"), ("hospice", "Hospices")],
        required=False,
    )
    about = forms.CharField(
        label="What will you tell people?",
        help_text="Two or three sentences.",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=400,
        required=False,
    )
    host = forms.ChoiceField(
        label="Host",
        choices=[
            ("", "Choose an organisation"),
            ("elm", "Elmbridge Hospital"),
            ("quarry", "Quarry Lane Health Centre"),
        ],
        required=False,
    )
    places = forms.IntegerField(
        label="How many places?",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": "Enter how many places"},
    )
    staff_list = forms.FileField(label="A staff list", required=False)
    secret = forms.CharField(label="Password", widget=forms.PasswordInput, required=False)
    agreed = forms.BooleanField(
        label="They agree to the ground rules",
        help_text="You read them out at the start.",
        error_messages={"required": "Tick when they agree"},
    )
    button = ""

    def layout(self):
        return [
            Field("title", size="m"),
            Field("meeting", size="m", reveals={"online": "link"}),
            Field("on", size="m"),
            Field("at", size="m"),
            Field("audience", size="m", small=True),
            Field("about", size="m"),
            Fieldset("The room", "host", Field("places", width=4, suffix="places"), hint="Only what you know by now."),
            "staff_list",
            "secret",
            "agreed",
            Buttons(Button("Save as planned"), Link("Cancel", "#")),
        ]


@require_http_methods(["GET", "POST"])
def gallery(request):
    form = SampleForm(request.POST, request.FILES) if request.method == "POST" else SampleForm()
    return render(request, "gallery.html", {"form": form, **samples()})


def samples():
    start = london(date(2027, 8, 4), time(12, 30))
    hour = timedelta(hours=1)
    deep_end = {
        "title": "Thrown in at the deep end",
        "url": "#round",
        "starts_at": start,
        "ends_at": start + hour,
        "where": "Lecture theatre, Elmbridge Hospital",
        "state_words": "You have a place",
        "settled": True,
    }
    day_in_the_life = {
        "title": "A day in the life",
        "url": "#round",
        "starts_at": london(date(2027, 8, 10), time(7)),
        "ends_at": london(date(2027, 8, 10), time(8)),
        "where": "Online",
        "state_words": "Some places left",
    }
    return {
        "settled_card": deep_end,
        "open_card": day_in_the_life,
        "phases": PHASES,
        "facts": [
            {"term": "State", "lines": ["Published 28 June"]},
            {"term": "Where", "lines": ["Lecture theatre,", "Elmbridge Hospital"]},
            {"term": "Facilitators", "lines": ["Ruth Okafor", "Daniel Pryce"]},
        ],
        "ways": [
            {"label": "What happens in a Round", "url": "#", "note": "An hour, a few stories, no advice."},
            {"label": "Support for you", "url": "#", "note": "If a story stays with you, you need not carry it alone."},
        ],
        "answers": [
            {
                "key": "What is it about?",
                "value": "Thrown in at the deep end",
                "change_url": "#",
                "changes": "what it is about",
            },
            {"key": "When?", "lines": ["Wednesday 4 August 2027", "12:30pm to 1:30pm"], "change_url": "#"},
            {"key": "Saved by", "value": "Ruth Okafor"},
        ],
        "box_lines": ["It is opened on 7 August. Answers are only counted."],
        "order_lines": ["Who begins, who ends. You can change it up to the hour."],
        "page": Paginator(range(60), 20).page(2),
        "figures": [figure_of_sectors(), figure_of_months(), figure_of_feedback()],
    }


PHASES = [
    {"title": "Plan", "url": "#", "knot": "full", "word": "Done"},
    {
        "title": "Panel",
        "url": "#",
        "knot": "diamond",
        "word": "Needs you, 2 of 3 done",
        "now": True,
        "tasks": [
            {"title": "Voices", "url": "#", "word": "Done", "note": "Three people have said yes"},
            {"title": "Preparation", "url": "#", "word": "Done", "note": "Each has met a facilitator"},
            {
                "title": "Set the order of the stories",
                "url": "#",
                "word": "Needs you",
                "note": "Who begins, who ends. You can change it up to the hour.",
                "now": True,
                "button": "Set the order",
            },
        ],
    },
    {"title": "Invite", "url": "#", "knot": "half", "word": "In hand, 2 of 3 done"},
    {"title": "On the day", "url": "#", "knot": "empty", "word": "Not started"},
    {"title": "After", "url": "#", "knot": "empty", "word": "Not started"},
]

HIDDEN = "Fewer than 8 people, so we show no number"


def figure_of_sectors():
    rows = [
        charts.Bar("Acute hospitals", 24, low=21, high=27),
        charts.Bar("Mental health", 19, low=15, high=23),
        charts.Bar("Social care", 6, low=4, high=8),
        charts.Bar("Hospices", None, HIDDEN),
    ]
    return {
        "id": "sectors",
        "kind": "bars",
        "sentence": "Four times as many acute staff came, for each 1,000, as social care staff.",
        "what": "People who came for each 1,000 staff. The line on each bar is the range of the true figure.",
        "title": "People who came for each 1,000 staff, by sector",
        "desc": "Acute hospitals 24, mental health 19, social care 6; hospices not shown.",
        "wide": charts.bars(rows),
        "narrow": charts.narrow_bars(rows),
        "beside": True,
        "table": {
            "caption": "People who came for each 1,000 staff",
            "head": ["Sector", "Came", "Staff", "Per 1,000", "Range"],
            "rows": [
                ["Acute hospitals", "405", "16,900", "24", "21 to 27"],
                ["Mental health", "115", "6,050", "19", "15 to 23"],
                ["Social care", "55", "9,200", "6", "4 to 8"],
                ["Hospices", None],
            ],
        },
        "csv_url": "#",
        "how_url": "#",
    }


def figure_of_months():
    months = "April\n2027,May,June,July,August,September".split(",")
    came = [85, 110, None, 95, 60, 125]
    rows = [
        charts.Bar(month, value, "Fewer than 8 people" if value is None else "")
        for month, value in zip(months, came, strict=True)
    ]
    flat = [charts.Bar(row.label.replace("\n", " "), row.value, row.words) for row in rows]
    return {
        "id": "months",
        "kind": "columns",
        "sentence": "Most people came in September.",
        "what": "People who came each month, April to September 2027, to the nearest 5.",
        "title": "People who came, month by month",
        "desc": "April 85, May 110, July 95, August 60, September 125; June not shown.",
        "wide": charts.columns(rows),
        "narrow": charts.narrow_bars(flat),
        "table": {
            "caption": "People who came each month",
            "head": ["Month", "Came"],
            "rows": [[row.label, None if row.value is None else row.value] for row in flat],
        },
        "csv_url": "#",
        "how_url": "#",
    }


def figure_of_feedback():
    rows = [
        charts.Share("It helped me see my work in a new light", (21, 14, 6, 2, 1)),
        charts.Share("I would come again", (30, 9, 3, 0, 0)),
        charts.Share("I could follow what was said", (), "Fewer than 8 answers, so they stay closed"),
    ]
    key = ["Completely", "A lot", "Somewhat", "A little", "Not at all"]
    return {
        "id": "feedback",
        "kind": "distribution",
        "sentence": "Four in five said that it helped them see their work in a new light.",
        "what": "Answers of 44 people.",
        "title": "Answers to each question",
        "desc": "New light: 21, 14, 6, 2, 1. Come again: 30, 9, 3, 0, 0.",
        "wide": charts.distribution(rows),
        "narrow": charts.distribution(rows, width=charts.NARROW),
        "key": key,
        "table": {
            "caption": "Answers to each question",
            "head": ["Question", *key],
            "rows": [[row.label, *(row.counts or [None])] for row in rows],
        },
        "csv_url": "#",
        "how_url": "#",
    }
