"""Plans that many machines run: made of a benchmark here, and made into a benchmark on another machine."""
