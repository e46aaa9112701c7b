"""The pane with the table of results."""
