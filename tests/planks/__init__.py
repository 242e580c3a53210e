"""The planks we stand on: each deliberate break of one, and the named test that must fell it.

``make planks`` tries every break on a copy of the tree; the tests here only keep the table from rotting.
"""
