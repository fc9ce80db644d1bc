"""What readers and sensors say, as bytes and bits: no clock, no port, no file in this room."""
