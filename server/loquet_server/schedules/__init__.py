"""Schedules: named hours that plans, areas and doors go by."""
