"""Units that ask to be let in, and the person who lets them."""
