"""Incidents for every room: what kinds there are, how they live, and how one is raised or ended."""

from loquet_server.incidence.raising import end_incident, raise_incident

__all__ = ["end_incident", "raise_incident"]
