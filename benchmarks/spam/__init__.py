"""The bars of the spam filter: its candidates beside a plain baseline, on the same splits."""
