"""The office: members, plans, policy, record, live view."""
