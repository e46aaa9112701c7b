"""The engines that run models, each model in a child process of its own."""
