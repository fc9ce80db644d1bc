"""What units are told: policies compiled, versioned, signed; desired states."""
