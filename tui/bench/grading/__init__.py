"""Grading that runs something: the code of answers, in a child process with limits, after the user has agreed."""
