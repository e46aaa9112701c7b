"""The screen of the history, and the screen of one run."""
