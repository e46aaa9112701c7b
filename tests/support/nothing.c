/* A library that holds nothing, for programs that only open it. */
int nothing_at_all(void) { return 0; }
