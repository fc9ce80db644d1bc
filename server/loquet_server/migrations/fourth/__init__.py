"""The parts of revision 0004: each names its columns, and its tables in the order of references."""
