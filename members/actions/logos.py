"""A picture that somebody gave as a logo: looked at, made small and encoded anew."""

import io
import warnings

from PIL import Image

from rounds_site.kit.refusals import Refused

LARGEST = 200_000
# Twice the 44 px that the header gives it, for fine screens; no side of what is given may be longer than MOST.
HEIGHT, WIDTH, MOST = 88, 480, 4000
KINDS = ["PNG", "JPEG", "WEBP"]
NO_PICTURE = "The logo must be a picture: a PNG, JPEG or WebP file."


def as_logo(content):
    """(PNG, width, height) of the bytes of a file; Refused where they are no picture that a page should carry.

    Decoded and encoded anew: nothing that hid in the file, its camera's place and time among it, goes further.
    """
    if len(content) > LARGEST:
        raise Refused("The logo must be 200 kB or smaller.")
    picture = _decoded(content)
    picture.thumbnail((WIDTH, HEIGHT))
    clean = Image.new("RGBA", picture.size)
    clean.paste(picture)
    told = io.BytesIO()
    clean.save(told, "PNG", optimize=True)
    return told.getvalue(), *clean.size


def _decoded(content):
    """A picture of a few bytes may unfold to many: its size is read first, and Pillow's own warning counts as no."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=KINDS)
            if max(picture.size) > MOST:
                raise Refused(f"The logo must be at most {MOST} pixels wide and high.")
            return picture.convert("RGBA")
    except Refused:
        raise
    except Exception:  # noqa: BLE001 (decoders raise whatever the bytes make them)
        raise Refused(NO_PICTURE) from None
