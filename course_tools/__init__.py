"""What authors and instructors run: build, prove and grade; nothing that a lesson imports."""
