"""A text cut where its marks begin and end, for a page."""

from typing import NamedTuple


class Piece(NamedTuple):
    """`why` is empty where nothing is marked."""

    text: str
    why: str = ""


def pieces(text, hints) -> list[Piece]:
    """
    >>> from rounds.recognition import hints
    >>> [tuple(piece) for piece in pieces("Then Dr Patel came.", hints("Then Dr Patel came."))]
    [('Then ', ''), ('Dr Patel', 'may name somebody'), (' came.', '')]
    """
    cut, done = [], 0
    for hint in hints:
        cut += [Piece(text[done : hint.start]), Piece(text[hint.start : hint.end], hint.why)]
        done = hint.end
    return [piece for piece in [*cut, Piece(text[done:])] if piece.text]


def marked(pieces) -> list[Piece]:
    """Those with a mark, each once, in the order of the text."""
    return list(dict.fromkeys(piece for piece in pieces if piece.why))
