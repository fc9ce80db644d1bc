"""What unit and server have agreed: the rule that opens a door, and the words on the wire."""
