"""Making a plan, checking it, and the order of its samples."""
