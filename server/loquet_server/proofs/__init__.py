"""Units as installers see them: what a unit finds of itself, and the proofs of its doors."""
