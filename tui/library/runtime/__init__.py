"""Jobs of the runtime in a child process, and the execution providers that it keeps on this machine."""
