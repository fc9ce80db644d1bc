"""A PIN beside a badge: who is typing what, and how often they may be wrong. Pure."""
