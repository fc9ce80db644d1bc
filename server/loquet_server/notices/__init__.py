"""Whom to tell of incidents, when and how: on call, quiet hours, and what came of it."""
