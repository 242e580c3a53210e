"""Golden cases: one situation of real life each, with the messages that lead there and what Esep says then."""
