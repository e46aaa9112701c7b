"""What several commands share: options, values, sessions and tables."""
