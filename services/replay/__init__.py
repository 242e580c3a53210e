"""Rebuilds a warehouse from the view ``events`` of another one, and holds the two against each other row by row.

It reads one warehouse and writes a fresh one; no broker, no journal, and nothing of the record is derived anew.
"""
