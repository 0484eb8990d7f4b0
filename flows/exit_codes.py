"""What the exit code of a command means."""

DONE = 0
GOAL_MISSED = 1
BAD_KNOB = 2
STOPPED = 3
UNEXPECTED = 4
INTERRUPTED = 130
