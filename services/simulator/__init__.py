"""The simulated Kazakhstan of ``esep up --demo``: invented facts on a clock of their own, labelled as such.

Nothing it says is about the real country; bodies and rules are real so that pages look as they will.
"""
