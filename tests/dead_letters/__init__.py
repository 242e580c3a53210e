"""What is not understood: mutated by the thousand, sent through every way in, and accounted for to the last one."""
