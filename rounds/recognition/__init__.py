"""What in a text may give somebody away: rules, without a model, a database or the network."""

from rounds.recognition.hints import Hint, Kind, hints
from rounds.recognition.pieces import Piece, marked, pieces

__all__ = ["Hint", "Kind", "Piece", "hints", "marked", "pieces"]
