"""What doors do, told line by line: a person reads this first, then a test runs it.

A line is ``seconds | what happens | what the door asks for``. A dash is nothing but time. The
answer gives the lock first (``LOCK``, ``FREE`` until told, ``FREE 15`` until then), the signal
in brackets, then the facts. Every deadline has its line: a missing one fails the test.
"""

MEMBER_COMES = """
 0  | start          | LOCK [idle]
10  | grant ann      | FREE 15 [granted] released grant
12  | leaf opens     | LOCK [idle] opened grant, taken ann, relocked opened
14  | leaf closes    | closed
15  | -              |
"""

NOBODY_OPENS = """
 0  | start          | LOCK [idle]
10  | grant ann      | FREE 15 [granted] released grant
15  | -              | LOCK [idle] relocked time
16  | -              | not_taken ann
"""

OPENED_AT_THE_LAST_INSTANT = """
 0  | start          | LOCK [idle]
10  | grant ann      | FREE 15 [granted] released grant
15  | -              | LOCK [idle] relocked time
15.2| leaf opens     | opened grant, taken ann
16  | leaf closes    | closed
16.5| leaf opens     | opened grant
16.6| leaf closes    | closed
17.6| -              |
"""

EXTENDED = """
 0  | start          | LOCK [idle]
10  | grant ann long | FREE 25 [granted] released grant
12  | grant bob      | [granted]
25  | -              | LOCK [idle] relocked time
26  | -              | not_taken ann, not_taken bob
"""

TWO_WALK_IN_TOGETHER = """
 0  | start          | LOCK [idle]
10  | grant ann      | FREE 15 [granted] released grant
11  | grant bob      | FREE 16 [granted]
12  | leaf opens     | LOCK [idle] opened grant, taken ann, taken bob assumed, relocked opened
13  | grant cyd      | FREE 18 [granted] taken cyd assumed, released grant
14  | leaf closes    | LOCK [idle] closed, relocked closed
15  | -              |
"""

MAXIMUM_WHATEVER_PROLONGS = """
 0  | start          | LOCK [idle]
10  | grant a long   | FREE 25 [granted] released grant
24  | grant b long   | FREE 39 [granted]
38  | grant c long   | FREE 40 [granted]
40  | -              | LOCK [idle] relocked time
41  | -              | not_taken a, not_taken b, not_taken c
"""

BOLT_WAITS_FOR_THE_LEAF = """
 0  | start          | LOCK [idle]
10  | grant ann      | FREE 15 [granted] released grant
12  | leaf opens     | FREE 40 opened grant, taken ann
18  | leaf closes    | LOCK [idle] closed, relocked closed
19  | -              |
30  | grant bob      | FREE 35 [granted] released grant
31  | leaf opens     | FREE 60 opened grant, taken bob
51  | -              | [pre_alarm] held_open_soon
60  | -              | LOCK relocked time
61  | -              | [alarm] held_open
70  | leaf closes    | [idle] closed
71  | -              |
"""

NO_CONTACT = """
 0  | start          | LOCK [idle]
10  | grant ann      | FREE 15 [granted] taken ann assumed, released grant
11  | leaf opens     |
15  | -              | LOCK [idle] relocked time
"""

LEAVING_UNSEEN = """
 0  | start          | LOCK [idle]
10  | leaf opens     | opened unseen_exit
12  | leaf closes    | closed
13  | -              |
"""

FORCED = """
 0  | start          | LOCK [idle]
10  | leaf opens     | [alarm] opened forced, forced_open
12  | leaf closes    | [idle] closed
"""

LEAVING_BY_BUTTON = """
 0  | start          | LOCK [idle]
10  | exit           | FREE [granted] exit_requested, released exit
11  | exit ends      | FREE 16
13  | leaf opens     | LOCK [idle] opened exit, relocked opened
14  | leaf closes    | closed
15  | -              |
20  | exit           | FREE [granted] exit_requested, released exit
21  | leaf opens     | opened exit
22  | leaf closes    | closed
23  | -              |
24  | exit ends      | LOCK [idle] relocked exit_ended
25  | -              |
"""

BUTTON_AT_A_MAGLOCK = """
 0  | start          | LOCK [idle]
10  | exit           | FREE [granted] exit_requested, released exit
11  | leaf opens     | opened exit
12  | exit ends      | FREE 42
14  | leaf closes    | LOCK [idle] closed, relocked closed
15  | -              |
"""

EXIT_AS_THE_LEAF_FALLS_SHUT = """
 0  | start          | LOCK [idle]
10  | grant ann      | FREE 15 [granted] released grant
11  | leaf opens     | LOCK [idle] opened grant, taken ann, relocked opened
13  | exit           | FREE [granted] exit_requested, released exit
13.1| leaf closes    | closed
13.2| exit ends      | FREE 18.2
14.1| -              |
15  | leaf opens     | LOCK [idle] opened exit, relocked opened
"""

SENSOR_EXPLAINS = """
 0  | start          | LOCK [idle]
10  | exit           |
11  | exit ends      |
13  | leaf opens     | opened exit
14  | leaf closes    | closed
15  | -              |
16  | leaf opens     | [alarm] opened forced, forced_open
"""

LEAVING_BY_BADGE = """
 0  | start          | LOCK [idle]
10  | badge out      | FREE 15 [granted] exit_requested, released exit
10  | leaver ann     |
12  | leaf opens     | LOCK [idle] opened exit, taken ann, relocked opened
14  | leaf closes    | closed
15  | -              |
20  | badge out      | FREE 25 [granted] exit_requested, released exit
20  | leaver bob     |
25  | -              | LOCK [idle] relocked time
26  | -              | not_taken bob
30  | lockdown x     | [locked_down] locked_down x
31  | badge out      | FREE 36 exit_requested, released exit
31  | leaver cyd     |
33  | badge out      | FREE 38 exit_requested
34  | leaf opens     | LOCK opened exit, taken cyd, relocked opened
"""

BADGE_OUT_BESIDE_A_SENSOR = """
 0  | start          | LOCK [idle]
10  | badge out      | FREE 15 [granted] exit_requested, released exit
11  | exit           |
12  | exit ends      |
13  | leaf opens     | LOCK [idle] opened exit, relocked opened
14  | leaf closes    | closed
15  | -              |
"""

BADGE_OUT_OF_AN_OPEN_HOUSE = """
 0  | start          | LOCK [idle]
10  | schedule       | FREE [unlocked] released schedule
20  | badge out      | exit_requested
20  | leaver ann     | taken ann assumed
25  | -              |
"""

STUCK_EXIT = """
 0  | start          | LOCK [idle]
10  | exit           | FREE [granted] exit_requested, released exit
70  | -              | exit_stuck
500 | exit ends      | FREE 505 exit_stuck_ended
505 | -              | LOCK [idle] relocked time
506 | -              |
"""

OPEN_HOUSE = """
 0  | start          | LOCK [idle]
10  | schedule       | FREE [unlocked] released schedule
20  | grant ann      | [granted]
22  | leaf opens     | [unlocked] opened grant, taken ann
30  | grant bob      | [granted] taken bob assumed
35  | -              | [unlocked]
90  | leaf closes    | closed
91  | -              |
100 | grant cyd      | [granted]
105 | -              | [unlocked] taken cyd assumed
200 | leaf opens     | opened schedule
300 | schedule ends  | LOCK [idle] relocked schedule
320 | -              | [pre_alarm] held_open_soon
330 | -              | [alarm] held_open
340 | leaf closes    | [idle] closed
341 | -              |
"""

LOCKDOWN = """
 0  | start          | LOCK [idle]
10  | schedule       | FREE [unlocked] released schedule
11  | grant ann      | [granted]
12  | lockdown x     | LOCK [locked_down] not_taken ann, locked_down x, relocked lockdown
13  | -              |
14  | grant bob      | not_taken bob
15  | command        |
16  | exit           | FREE exit_requested, released exit
17  | exit ends      | FREE 22
22  | -              | LOCK relocked time
23  | -              |
30  | lift other     |
40  | lift x by eve  | FREE [unlocked] lockdown_lifted x eve, released schedule
"""

FIRE = """
 0  | start          | LOCK [idle]
10  | grant ann      | FREE 15 [granted] released grant
11  | fire           | FREE [fire] fire_alarm, released fire
15  | -              | taken ann assumed
20  | lockdown x     | locked_down x
30  | re-arm         |
40  | leaf opens     | opened fire
400 | loop closed    | fire_loop_restored
410 | exit           | exit_requested
411 | exit ends      |
416 | -              |
420 | leaf closes    | closed
421 | -              |
500 | re-arm         | LOCK [locked_down] fire_rearmed, relocked rearm
501 | -              |
"""

RESTART_DURING_FIRE = """
 0  | start latched  | FREE [fire] released fire
10  | re-arm         | LOCK [idle] fire_rearmed, relocked rearm
11  | -              |
"""

RESTART_WITH_THE_LEAF_OPEN = """
 0  | start open     | LOCK [idle] opened found_open
20  | -              | [pre_alarm] held_open_soon
30  | -              | [alarm] held_open
31  | leaf closes    | [idle] closed
"""

COMMAND = """
 0  | start          | LOCK [idle]
10  | command        | FREE 15 [granted] released command
11  | leaf opens     | LOCK [idle] opened command, relocked opened
"""

LOCK_FAULT = """
 0  | start          | LOCK [idle]
 1  | lock locked    |
10  | command        | FREE 15 [granted] released command
13  | -              | [fault] lock_fault the lock's contact says locked while it should be released
14  | lock unlocked  | [granted] lock_fault_ended
15  | -              | LOCK [idle] relocked time
16  | -              |
17  | lock locked    |
20  | no guard       | [fault] lock_fault no guard
21  | guard back     | LOCK [idle] lock_fault_ended
"""

BOUNCES = """
 0  | start          | LOCK [idle]
 1  | leaf closes    |
 2  | exit ends      |
 3  | schedule ends  |
 4  | re-arm         |
 5  | loop closed    |
 6  | lift x         |
 7  | grant ann      | FREE 12 [granted] released grant
 8  | grant ann      | [granted]
 9  | leaf opens     | LOCK [idle] opened grant, taken ann, relocked opened
10  | leaf opens     |
11  | start open     | LOCK [idle]
"""

STORIES = (
    ("strike unseen", MEMBER_COMES, NOBODY_OPENS, OPENED_AT_THE_LAST_INSTANT, EXTENDED),
    ("strike button", TWO_WALK_IN_TOGETHER, MAXIMUM_WHATEVER_PROLONGS, LEAVING_BY_BUTTON),
    ("strike button", EXIT_AS_THE_LEAF_FALLS_SHUT, FORCED, STUCK_EXIT, COMMAND, LOCK_FAULT),
    ("motor_bolt unseen", BOLT_WAITS_FOR_THE_LEAF, LEAVING_UNSEEN),
    ("maglock button", BUTTON_AT_A_MAGLOCK, BOLT_WAITS_FOR_THE_LEAF, FORCED),
    ("maglock sensor", BUTTON_AT_A_MAGLOCK, STUCK_EXIT),
    ("strike sensor", SENSOR_EXPLAINS, BADGE_OUT_BESIDE_A_SENSOR),
    ("strike reader", FORCED, OPEN_HOUSE, LOCKDOWN, FIRE, BOUNCES),
    ("strike reader", LEAVING_BY_BADGE, BADGE_OUT_OF_AN_OPEN_HOUSE),
    ("strike unseen", RESTART_DURING_FIRE, RESTART_WITH_THE_LEAF_OPEN, LEAVING_UNSEEN),
    ("maglock no-contact", NO_CONTACT),
)
"""Which doors behave so."""
