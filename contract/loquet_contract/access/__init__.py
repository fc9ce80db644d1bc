"""The rule that opens a door: pure, standard library only. See ``decision.decide``."""
