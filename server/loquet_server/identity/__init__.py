"""Who somebody is: passwords, one-time codes, sessions, and what was set on the pages.

A room below the nouns: operators, tokens, the first start and the guard all build on it.
"""
