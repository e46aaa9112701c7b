"""The pane with one answer that a person reads and rates."""
