"""A system's settings: shown before they count, kept as they were shown, and written down."""

import datetime as dt
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from members.actions import settings
from members.actions.logos import LARGEST, as_logo
from members.forms.settings import SettingsForm
from members.models import Logo, SecurityEvent, System, Upload
from members.models.audit import Act
from rounds_site.kit.colours import ENOUGH, carries_white, contrast_with_white, dark_enough, hex_of, lighter
from rounds_site.kit.refusals import Refused
from tests.factories.members import PersonFactory, RoleGrantFactory, SystemFactory
from tests.worlds import LONDON, NOON

pytestmark = pytest.mark.django_db

COLOURS = st.builds(hex_of, *[st.integers(0, 255)] * 3)


@pytest.fixture(autouse=True)
def noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def system():
    return SystemFactory(code="QXV")


@pytest.fixture
def ada(client, system):
    person = PersonFactory(name="Ada Example")
    client.force_login(person)
    RoleGrantFactory(person=person, role="administrator", system=system)
    return client


def said_of(system, **changed):
    standing = {name: getattr(system, name) for name in settings.FIELDS if name not in ("quiet_from", "quiet_until")}
    return standing | changed


def picture(kind="PNG", size=(200, 100), **options):
    file = io.BytesIO()
    Image.new("RGB", size, "#aa2200").save(file, kind, **options)
    return file.getvalue()


def upload(content, name="logo.png"):
    return SimpleUploadedFile(name, content, "image/png")


def preview(client, system, **changed):
    answer = client.post(reverse("manage_settings"), said_of(system, **changed))
    assert answer.status_code == 302, re.findall(r"error-message\">(.*?)</", answer.content.decode(), re.S)
    return client.get(answer.url)


def save(client, shown):
    digest = re.search(r'name="digest" value="(\w+)"', shown.content.decode())[1]
    return client.post(reverse("save_settings"), {"digest": digest})


def errors(client, system, **changed):
    answer = client.post(reverse("manage_settings"), said_of(system, **changed))
    assert answer.status_code == 200
    return {field: list(told) for field, told in answer.context["form"].errors.items()}


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_nothing_counts_before_it_was_seen_and_saved(ada, system):
    shown = preview(
        ada, system, short_name="The Vale", days_kept="14", quiet_from="8pm", quiet_until="7am", colour="5B2A86"
    )
    assert '<link rel="stylesheet" href="/look/5b2a86.css">' in shown.content.decode()
    assert "Its short name Now: North Vale Then: The Vale" in words(shown)
    assert System.objects.get().short_name == "North Vale"
    assert save(ada, shown).url == reverse("manage_settings")
    kept = System.objects.get()
    assert (kept.short_name, kept.days_kept) == ("The Vale", 14)
    assert (kept.quiet_from, kept.quiet_until) == (dt.time(20), dt.time(7))
    assert Upload.objects.count() == 0


def test_who_changed_what_from_what_to_what_stands_in_the_log_and_on_the_page(ada, system):
    save(ada, preview(ada, system, short_name="The Vale"))
    event = SecurityEvent.objects.get()
    assert (event.act, event.where, event.said) == (
        Act.SETTINGS_CHANGED,
        system.pk,
        {"changes": [["short_name", "North Vale", "The Vale"]]},
    )
    page = words(ada.get(reverse("manage_settings")))
    assert "Ada Example changed the settings: its short name from “North Vale” to “The Vale”" in page


def test_saying_the_same_again_is_no_change(ada, system):
    System.objects.update(support_text="One line\nand another")
    shown = preview(ada, system, support_text="One line\r\nand another")
    assert "Everything stands as you said already." in words(shown)
    settings.change(
        system=System.objects.get(),
        facts={name: getattr(System.objects.get(), name) for name in settings.FIELDS},
        by=None,
        now=NOON,
        expected=settings.digest_of([]),
    )
    assert SecurityEvent.objects.count() == 0


def test_what_changed_meanwhile_is_shown_again_before_it_is_saved(ada, system):
    shown = preview(ada, system, short_name="The Vale")
    System.objects.update(short_name="Vale of the North")
    again = save(ada, shown)
    assert settings.STALE in words(again)
    assert "Its short name Now: Vale of the North Then: The Vale" in words(again)
    assert System.objects.get().short_name == "Vale of the North"
    assert save(ada, again).status_code == 302
    assert System.objects.get().short_name == "The Vale"


def test_one_may_go_back_to_what_one_typed(ada, system):
    preview(ada, system, short_name="The Vale", logo=upload(picture()), logo_says="The Vale")
    page = ada.get(reverse("manage_settings") + "?again")
    assert 'value="The Vale"' in page.content.decode()
    answer = ada.post(reverse("manage_settings") + "?again", said_of(system, short_name="Vale 2", logo_says="The Vale"))
    save(ada, ada.get(answer.url))
    assert (System.objects.get().short_name, Logo.objects.get().says) == ("Vale 2", "The Vale")


def test_without_a_preview_there_is_nothing_to_save(ada):
    assert ada.get(reverse("preview_settings")).url == reverse("manage_settings")
    assert ada.post(reverse("save_settings"), {"digest": "x"}).url == reverse("manage_settings")
    assert ada.get(reverse("save_settings")).url == reverse("preview_settings")
    assert ada.get(reverse("waiting_logo")).status_code == 404


@pytest.mark.parametrize("role", ["facilitator", "governance_lead", "sponsor"])
def test_for_whoever_looks_after_the_system_alone(client, system, role):
    client.force_login(RoleGrantFactory(role=role, system=system).person)
    for name in ("manage_settings", "preview_settings", "waiting_logo"):
        assert client.get(reverse(name)).status_code == 403
    assert client.post(reverse("save_settings")).status_code == 403


# --- The colour -------------------------------------------------------------------------------------


@tried(deadline=None)
@given(COLOURS)
def test_a_colour_that_is_dark_enough_carries_white_and_no_lighter_shade_would(colour):
    shade = dark_enough(colour)
    assert contrast_with_white(shade) >= ENOUGH
    assert shade == colour or not carries_white(colour)
    assert contrast_with_white(lighter(shade)) <= contrast_with_white(shade)


@tried(deadline=None)
@given(COLOURS)
def test_only_a_colour_that_carries_white_gets_through(colour):
    form = SettingsForm({"colour": colour.upper()})
    assert ("colour" not in form.errors) == carries_white(colour)


def test_known_contrasts():
    told = {each: f"{contrast_with_white(each):.2f}" for each in ("#767676", "#777777", "#005eb8", "#ffeb3b")}
    assert told == {"#767676": "4.54", "#777777": "4.48", "#005eb8": "6.38", "#ffeb3b": "1.22"}


def test_a_pale_colour_is_refused_with_one_that_would_do(ada, system):
    assert errors(ada, system, colour="#ffcc00") == {
        "colour": [
            "White words on #ffcc00 are hard to read: their contrast is 1.5 to 1, and it takes 4.5. "
            "This darker shade carries them: #907300"
        ]
    }
    with pytest.raises(Refused):
        settings.refuse_pale("#ffffff")


@pytest.mark.parametrize("typed", ["red", "#12345", "#gggggg", "rgb(0,0,0)", "#1234567", "#17424f;}"])
def test_what_is_no_colour(ada, system, typed):
    assert errors(ada, system, colour=typed) == {
        "colour": ["Enter # and six digits or letters from a to f, like #17424f"]
    }


def test_the_colour_comes_by_a_sheet_of_our_own_that_may_be_kept_for_ever(client, ada, system):
    System.objects.update(colour="#5b2a86")
    page = client.get("/").content.decode()
    assert '<link rel="stylesheet" href="/look/5b2a86.css">' in page
    assert '<meta name="theme-color" content="#5b2a86">' in page
    assert "style=" not in page
    sheet = client.get("/look/5b2a86.css")
    assert sheet.content == b":root{--header:#5b2a86;--header-line:#754c99}\n"
    assert sheet["Cache-Control"] == "public, max-age=31536000, immutable"
    assert sheet["Content-Type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("colour", ["ffcc00", "17424", "x7424f", "17424F", "1742"])
def test_no_sheet_for_what_nobody_could_have_chosen(client, colour):
    assert client.get(f"/look/{colour}.css").status_code == 404


# --- The logo ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_made_small_and_carries_nothing_else(ada, system, kind):
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "a secret")
    exif = Image.Exif()
    exif[0x010E] = "a secret"
    content = picture(kind, size=(1000, 500), exif=exif, **({"pnginfo": info} if kind == "PNG" else {}))
    assert b"a secret" in content
    save(ada, preview(ada, system, logo=upload(content), logo_says="North Vale"))
    logo = Logo.objects.get()
    assert (logo.width, logo.height, logo.says) == (176, 88, "North Vale")
    assert b"a secret" not in bytes(logo.content)
    served = ada.get(reverse("logo", args=[logo.digest]))
    assert Image.open(io.BytesIO(served.content)).info == {}
    assert served["Cache-Control"] == "public, max-age=31536000, immutable"
    assert f'src="/look/{logo.digest}.png" alt="North Vale"' in ada.get("/").content.decode()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "The logo must be a picture: a PNG, JPEG or WebP file"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            "The logo must be a picture: a PNG, JPEG or WebP file",
        ),
        (picture()[:60], "The logo must be a picture: a PNG, JPEG or WebP file"),
        (picture("GIF"), "The logo must be a picture: a PNG, JPEG or WebP file"),
        (picture() + b"\0" * LARGEST, "The logo must be 200 kB or smaller"),
        (picture(size=(4001, 1)), "The logo must be at most 4000 pixels wide and high"),
    ],
)
def test_what_is_no_picture_for_a_page(ada, system, content, error):
    found = errors(ada, system, logo=upload(content), logo_says="North Vale")
    assert found == {"logo": [error]}


@tried(deadline=None)
@given(st.binary(max_size=300))
def test_whatever_is_sent_is_a_picture_or_refused(noise):
    head = picture()[:40]
    for content in (noise, head + noise):
        try:
            as_logo(content)
        except Refused:
            continue


def test_a_logo_says_something(ada, system):
    assert errors(ada, system, logo=upload(picture())) == {"logo_says": ["Enter what the logo says"]}


def test_a_logo_gets_other_words_goes_and_is_gone(ada, system):
    save(ada, preview(ada, system, logo=upload(picture()), logo_says="North Vale"))
    save(ada, preview(ada, system, logo_says="The Vale"))
    logo = Logo.objects.get()
    assert logo.says == "The Vale"
    save(ada, preview(ada, system, logo_says="The Vale", removes_logo="on"))
    assert Logo.objects.count() == 0
    assert ada.get(reverse("logo", args=[logo.digest])).status_code == 404
    changes = [event.said["changes"] for event in SecurityEvent.objects.order_by("pk").filter(act=Act.SETTINGS_CHANGED)]
    assert sorted(changes) == [
        [["logo", "", "a picture of “North Vale”"]],
        [["logo", "a picture of “North Vale”", "a picture of “The Vale”"]],
        [["logo", "a picture of “The Vale”", ""]],
    ]


# --- Quiet hours and days ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quiet", "told"),
    [
        ({"quiet_from": "8pm"}, {"quiet_until": ["Enter both times, or leave both empty"]}),
        ({"quiet_until": "7am"}, {"quiet_from": ["Enter both times, or leave both empty"]}),
        (
            {"quiet_from": "8pm", "quiet_until": "20:00"},
            {"quiet_until": ["Enter another time than the one from which they wait"]},
        ),
        ({"days_kept": "31"}, {"days_kept": ["Enter a number of days from 1 to 30"]}),
        ({"days_kept": "0"}, {"days_kept": ["Enter a number of days from 1 to 30"]}),
        ({"days_kept": "x"}, {"days_kept": ["Enter a number of days from 1 to 30"]}),
        ({"days_kept": ""}, {"days_kept": ["Enter a number of days"]}),
    ],
)
def test_what_cannot_be(ada, system, quiet, told):
    assert errors(ada, system, **quiet) == told


def at(hour, minute=0, day=3):
    return dt.datetime(2027, 3, day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (None, at(3), None),
        ((20, 7), at(19, 59), None),
        ((20, 7), at(20), at(7, day=4)),
        ((20, 7), at(6, 59), at(7)),
        ((20, 7), at(7), None),
        ((12, 14), at(13), at(14)),
        ((12, 14), at(11, 59), None),
        ((12, 14), at(14), None),
    ],
)
def test_quiet_hours(hours, now, until):
    start, end = (dt.time(hour) for hour in hours) if hours else (None, None)
    assert System(quiet_from=start, quiet_until=end).quiet_until_when(now) == until


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        # 28 March 2027: at 1am it is 2am.
        (("20:00", "07:00"), "2027-03-27T22:00", "2027-03-28T06:00"),
        (("20:00", "07:00"), "2027-03-28T00:59", "2027-03-28T06:00"),
        (("20:00", "07:00"), "2027-03-28T06:00", None),
        (("20:00", "01:30"), "2027-03-28T00:59", "2027-03-28T01:30"),
        (("20:00", "01:30"), "2027-03-28T01:30", None),
        # 31 October 2027: at 2am it is 1am.
        (("20:00", "07:00"), "2027-10-30T21:00", "2027-10-31T07:00"),
        (("20:00", "07:00"), "2027-10-31T06:59", "2027-10-31T07:00"),
        (("20:00", "07:00"), "2027-10-31T07:00", None),
        (("20:00", "01:30"), "2027-10-31T00:29", "2027-10-31T00:30"),
        (("20:00", "01:30"), "2027-10-31T00:30", None),
        (("20:00", "01:30"), "2027-10-31T01:10", None),
    ],
)
def test_quiet_hours_when_the_clocks_change(hours, now, until):
    """The moments are UTC, the hours those of London."""
    start, end = (dt.time.fromisoformat(hour) for hour in hours)
    found = System(quiet_from=start, quiet_until=end).quiet_until_when(dt.datetime.fromisoformat(f"{now}+00:00"))
    assert found == (until and dt.datetime.fromisoformat(f"{until}+00:00"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"days_kept": 31},
        {"days_kept": 0},
        {"quiet_from": dt.time(20)},
        {"quiet_from": dt.time(20), "quiet_until": dt.time(20)},
    ],
)
def test_the_database_keeps_the_promise_too(system, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        System.objects.update(**wrong)
