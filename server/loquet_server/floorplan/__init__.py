"""What a floor plan is, and how it is read: both the editor and the live view draw it."""
