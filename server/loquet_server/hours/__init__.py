"""The calendar: what people write about time, as instants. Pure; knows no row and no page.

Hours are the clock on the wall of a place, and a policy is UTC seconds. Between them lie a
language (`rules`), holidays (`holidays`), and two nights a year on which the wall clock jumps
(`clock`). Everything that opens a door is made by `schedules.bounds`; the page that shows a year
reads those same bounds back. What is not understood is refused, and what is uncertain is closed.
"""
