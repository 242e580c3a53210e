"""One module per source, the same anatomy each: a path goes in, readings come out.

A connector parses strictly and names what it refuses; it writes nothing and reads no clock.
"""
