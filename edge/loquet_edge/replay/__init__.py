"""A desk's machine run over a recording, and how often it was right. Pure: text in, text out."""
