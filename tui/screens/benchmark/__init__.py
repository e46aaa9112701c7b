"""The dialog that starts a benchmark."""
