"""Simulated hardware that ships with the unit: parts that behave as their data sheets say."""
