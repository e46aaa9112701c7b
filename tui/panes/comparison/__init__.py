"""The pane that compares two or more runs."""
