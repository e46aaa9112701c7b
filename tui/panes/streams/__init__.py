"""The pane with the live answers of the models."""
