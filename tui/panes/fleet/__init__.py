"""The pane of one plan on many machines."""
