"""What the exit code of a command means."""

DONE = 0
CHECK_FAILED = 1
BAD_OPTION = 2
STOPPED = 3
UNEXPECTED = 4
INTERRUPTED = 130
TERMINATED = 143

# the documentation's table is made of these
MEANINGS = {
    DONE: "done, with a verdict",
    CHECK_FAILED: "the goal was required (`--require-goal`) and missed; or a run could not be "
    "reproduced; or an image gave no answer",
    BAD_OPTION: "an option that does not exist, or a value that is out of bounds",
    STOPPED: "stopped; the message says why and what to do",
    UNEXPECTED: "stopped by an error that has no message of its own; its traceback is printed",
    INTERRUPTED: "interrupted by Ctrl-C",
    TERMINATED: "terminated by SIGTERM",
}
