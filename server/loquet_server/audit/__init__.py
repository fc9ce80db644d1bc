"""Who changed what, and when: the record of changes, as a page and over the API."""
