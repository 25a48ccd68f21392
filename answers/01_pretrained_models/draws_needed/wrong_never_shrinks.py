# Believed: The number of draws in the pilot is the answer.
def draws_needed(a, b, wanted):
    return len(a)
