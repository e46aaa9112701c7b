"""The Markdown report and its sections."""
