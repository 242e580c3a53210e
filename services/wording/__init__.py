"""What people read, in three languages: catalogues, names, traces and rules told in sentences.

Pages, the command line and the pages of rules say the same thing with it; what is true is decided elsewhere.
"""
