"""The public portal: pages in three languages, the JSON API, feeds and downloads, over the warehouse's views.

It only reads; what is true is decided in the tracker and counted in the views.
"""
