"""The self-test plays streams whose true numbers are fixed through the measuring code, and checks what it measures."""
