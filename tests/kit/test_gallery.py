"""Every component is drawn, with each variable it names defined; a form that is sent empty says what is missing."""

import pytest
from django.contrib.auth.models import AnonymousUser

from rounds_site.gallery import gallery
from tests.kit.markup import read


@pytest.fixture
def shown(db):
    def drawn(request):
        request.user = AnonymousUser()
        return gallery(request).content.decode()

    return drawn


def test_one_main_and_one_heading(shown, rf):
    tags = [token[0] for token in read(shown(rf.get("/gallery/"))) if isinstance(token, tuple)]
    assert (tags.count("main"), tags.count("h1")) == (1, 1)


def test_no_id_is_given_twice(shown, rf):
    tags = [token for token in read(shown(rf.get("/gallery/"))) if isinstance(token, tuple) and len(token) == 2]
    given = [value for _, attributes in tags for name, value in attributes if name == "id"]
    assert sorted(given) == sorted(set(given))


def test_errors_come_first_and_in_the_title(shown, rf):
    html = shown(rf.post("/gallery/", {}))
    assert "<title>Error: Components" in html
    assert html.index("There is a problem") < html.index("<h1")
    assert html.count("There is a problem") == 1
