"""The first tables, as revision 0001 made them; never edited afterwards."""
