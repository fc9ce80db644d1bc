"""The space as it is now: a page, its fragments, and the stream that keeps them fresh."""
