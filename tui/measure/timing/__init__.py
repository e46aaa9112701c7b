"""Numbers from the times of requests, and their summaries."""
