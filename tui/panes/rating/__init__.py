"""The pane that shows an answer to be rated."""
