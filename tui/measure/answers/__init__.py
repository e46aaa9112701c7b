"""Numbers about the content of answers: facets, ratings and judges."""
