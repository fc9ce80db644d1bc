"""Who is here today and wants to be seen: of their own accord, until the night, kept nowhere."""
