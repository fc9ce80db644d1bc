"""A unit's real processes on the rig, hurt in every way; measured at the pin of the relay."""
