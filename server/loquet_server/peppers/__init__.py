"""Under which pepper a site's digests stand, and which one follows it."""
