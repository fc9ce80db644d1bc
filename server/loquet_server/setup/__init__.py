"""The first start: from a one-time code to a space with an owner; and these settings later."""
