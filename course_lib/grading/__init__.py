"""From submissions to marks: a class directory, what was handed in, the gradebook, an export."""
