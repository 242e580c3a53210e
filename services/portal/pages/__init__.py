"""The pages: server-rendered, without script, in three languages.

Each module reads records, gives them to one template, and decides nothing else.
"""
