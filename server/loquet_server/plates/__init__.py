"""A door's plate to print, and the plain help that its code leads to."""
