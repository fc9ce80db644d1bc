"""Whole journeys, through real processes and a real browser."""
