"""The tracker: folds the facts of each partition and publishes what follows from them.

Faust is known in this package only; what facts mean is ``services.domain``'s business.
"""
