"""A storyteller writes on a phone, shares it, takes it back and deletes it; a facilitator reads it at a desk."""

import hashlib

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import caches

from rounds.models.story import Story
from tests.browser.visitor import CODE, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "Bed 4 was by the window.\nShe asked me to stay, and I had eight others."


def test_written_on_a_phone_shared_and_taken_back(scenery, visit):
    tola = visit(scenery.tola, width=PHONE).go(f"/preparation/{scenery.teller.pk}/").follow("Your story")
    tola.reads("You need not write anything.", "only you and those you choose can read it").is_right()
    assert tola.page.title() == "Rounds portal"

    # It took longer than ten minutes: the code comes first, and nothing that was written is lost
    ten_minutes_pass(tola)
    tola.enter(text=WORDS).press("Save").reads("Show that it is you", "What you entered is not lost")
    tola.press("Send a code to").reads("We have written to")
    code = CODE.search(mail.outbox[-1].body)[1]
    tola.enter(**{"prove-code": code}).press("Continue").reads("It is saved.", "16 words, as saved.").is_right()
    assert tola.page.input_value("[name=text]") == WORDS
    tola.reads("“Bed 4” tells a ward, a bed or a room", "You alone.")

    tola.choose("Ada Facilitator").press("Share").reads("They can read it now.").is_right()
    tola.choose("A facilitator may keep the theme for later Rounds, without my words and without me").press(
        "Save what you allow"
    ).reads("What you allow is saved.")

    ada = visit(scenery.ada)
    ada.go(f"/organise/rounds/{scenery.coming.pk}/panel/{scenery.teller.pk}/").reads("What they allow")
    ada.follow("Read it").reads(
        "What Tola Teller wrote", "She asked me to stay", "tells a ward, a bed or a room"
    ).is_right()
    assert ada.page.title() == "Preparation: Rounds portal"
    assert "/panel/" in ada.path

    tola.press("Stop sharing").reads("They can no longer read it.", "You alone.")
    ada.is_refused(ada.path, 403)
    tola.open_up("Delete what I wrote").press("Delete now").reads(
        "It is deleted, with the key that opened it."
    ).is_right()
    assert tola.page.input_value("[name=text]") == ""
    assert Story.objects.count() == 0


def ten_minutes_pass(visitor):
    """What their session showed counts no longer."""
    (cookie,) = [each for each in visitor.page.context.cookies() if each["name"] == settings.SESSION_COOKIE_NAME]
    assert caches["clock"].delete(f"proven:{hashlib.sha256(cookie['value'].encode()).hexdigest()}")
