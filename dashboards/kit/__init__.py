"""What every board is built from: the query model, the house style of panels, variables and SQL fragments.

No board and no figure of its own lives here.
"""
