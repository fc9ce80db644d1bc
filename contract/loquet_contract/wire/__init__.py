"""The words on the wire: topics, messages, envelopes, signatures and their one codec."""
