"""Webhooks: other programs are told of events, signed, until they have taken them."""
