"""The panes of the history: the list of runs, the details of one run, and a whole run in words."""
