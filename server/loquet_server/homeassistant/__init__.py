"""Home Assistant: doors, desks and counts at its own MQTT broker, found by themselves."""
