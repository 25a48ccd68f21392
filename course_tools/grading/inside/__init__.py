"""What runs in the sandbox, next to the learner's code; nothing that it says is believed."""
