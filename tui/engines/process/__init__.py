"""The child process that holds one model, and the protocol between it and the app."""
