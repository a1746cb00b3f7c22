"""Cards for feedback as a PDF: sheets of A4 to be cut."""

from django.http import HttpResponse

from rounds_site.kit import pdf
from rounds_site.kit.qr import qr_rows

ACROSS, DOWN = 2, 5
MARGIN, GAP = 10 * pdf.MILLIMETRE, 4 * pdf.MILLIMETRE
WIDE, HIGH = (pdf.WIDE - 2 * MARGIN) / ACROSS, (pdf.HIGH - 2 * MARGIN) / DOWN
QR = 36 * pdf.MILLIMETRE
NOTE = ("You do not sign in. Answers are", "only counted; your words are", "read by the facilitators.")


def cards_answer(sheets, *, feedback_words) -> HttpResponse:
    """A PDF of A4 pages, made while it is asked for and kept nowhere. `sheets`: lists of cards (code, url)."""
    pages = [_sheet(cards, feedback_words) for cards in sheets]
    answer = HttpResponse(pdf.document(pages, title="Cards for feedback"), content_type="application/pdf")
    answer["Content-Disposition"] = 'attachment; filename="cards.pdf"'
    return answer


def _sheet(cards, feedback_words):
    page = pdf.Page()
    for number, card in enumerate(cards):
        down, across = divmod(number, ACROSS)
        _card(page, card, MARGIN + across * WIDE, pdf.HIGH - MARGIN - down * HIGH, feedback_words)
    return page


def _card(page, card, left, top, feedback_words):
    page.dashed(left, top - HIGH, WIDE, HIGH)
    page.squares(left + GAP, top - (HIGH - QR) / 2, qr_rows(card["url"]), side=QR)
    at, room = left + 2 * GAP + QR, WIDE - QR - 3 * GAP
    host, slash, path = feedback_words.partition("/")
    page.words(at, top - 34, "Your feedback", size=13, bold=True)
    size = pdf.fitting(max(host, path, key=len), size=10, wide=room)
    page.words(at, top - 50, host, size=size)
    page.words(at, top - 62, slash + path, size=size)
    page.words(at, top - 86, card["code"], size=pdf.fitting(card["code"], size=13, wide=room), bold=True)
    for line, words in enumerate(NOTE):
        page.words(at, top - 108 - 12 * line, words, size=9)
