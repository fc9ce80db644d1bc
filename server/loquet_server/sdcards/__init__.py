"""Files for the boot partition of an SD card: a blank card becomes a unit by itself."""
