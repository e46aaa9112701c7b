"""The pane that lists the models."""
