"""Models that rate the answers of a finished run."""
