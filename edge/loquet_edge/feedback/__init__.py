"""What a door shows at each moment: pure. The patterns themselves are the contract's."""

from loquet_edge.feedback.player import Player
from loquet_edge.feedback.voicing import voiced

__all__ = ["Player", "voiced"]
