"""Stands where the `RPi.GPIO` package would."""
