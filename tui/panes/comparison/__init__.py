"""The pane that shows two or more runs side by side."""
