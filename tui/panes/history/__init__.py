"""The panes of the history of runs."""
