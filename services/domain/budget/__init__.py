"""Money: what statements of a budget say together, which faults they show, and what can be computed from them.

Pure; a source's faults come first, and nothing is computed from figures that are known to be broken.
"""
