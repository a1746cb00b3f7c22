"""What the browser is sent: light, from this site alone, and fit for hashed names."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import File

BUILT = Path(settings.BASE_DIR) / "static" / "built"

pytestmark = pytest.mark.skipif(not BUILT.exists(), reason="nothing is built: run bin/build-static")


@pytest.mark.parametrize(("name", "limit"), [("portal.css", 22_000), ("portal.js", 12_000)])
def test_a_page_stays_light(name, limit):
    assert len(gzip.compress((BUILT / name).read_bytes(), 9)) <= limit


def test_the_styles_ask_nothing_of_anyone_else():
    css = (BUILT / "portal.css").read_text()
    assert [word for word in ("@font-face", "sourceMappingURL", "http://", "https://", "Frutiger") if word in css] == []
    assert "html{font-family:Arial" in css.replace(", ", ",").replace(": ", ":")


def test_every_picture_of_the_styles_is_beside_them():
    named = set(re.findall(r"url\([\"']?([^)\"']+)", (BUILT / "portal.css").read_text()))
    assert [name for name in named if not name.startswith("data:") and not (BUILT / name).exists()] == []


def test_the_built_files_take_hashed_names(tmp_path):
    storage = ManifestStaticFilesStorage(location=tmp_path, base_url="/static/")
    for path in BUILT.glob("*.*"):
        with path.open("rb") as opened:
            storage.save(f"built/{path.name}", File(opened))
    found = {f"built/{path.name}": (storage, f"built/{path.name}") for path in BUILT.glob("*.*")}
    outcome = {name: result for name, _, result in storage.post_process(found)}
    assert [result for result in outcome.values() if isinstance(result, Exception)] == []


def test_scripts_and_templates_hold_nothing_that_the_content_policy_forbids():
    forbidden = re.compile(
        r"""\sstyle=|\son(click|load|change|submit)=|<style|<script(?![^>]*(src=|application/json))"""
    )
    ours = (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    pages = [path for path in ours if "email" not in path.relative_to(settings.BASE_DIR).as_posix()]
    assert [path.name for path in pages if forbidden.search(path.read_text())] == []
