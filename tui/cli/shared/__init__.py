"""The parts that several commands share: options and their values, the choice of models and runs, sessions, output."""
