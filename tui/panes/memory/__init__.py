"""The pane that shows the memory of the machine and its models."""
