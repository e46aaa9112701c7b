"""The panes that help to choose a model."""
