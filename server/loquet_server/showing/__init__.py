"""What everybody may know: how full a space is, in words, while it is open."""
