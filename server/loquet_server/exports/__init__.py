"""Data goes out as CSV: safe for a spreadsheet, without badge numbers, each time recorded."""
