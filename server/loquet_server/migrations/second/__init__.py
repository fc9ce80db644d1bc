"""What revision 0002 made: members, plans, hours, operators."""
