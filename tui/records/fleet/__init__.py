"""A plan that many machines do, and what came of it on each of them."""
