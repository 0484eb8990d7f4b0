"""The names of the states a run ends in where a person should look; Prefect shows them."""

GOAL_MISSED = "GoalMissed"
NOT_PROMOTED = "NotPromoted"
NOT_REPRODUCED = "NotReproduced"
SOME_UNREAD = "SomeUnread"
