"""The prompt: where a question for the models is typed, with the settings that it is asked with."""
