"""The panes with live answers."""
