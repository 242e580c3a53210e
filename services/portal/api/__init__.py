"""The JSON API, version 1: the same records the pages show, as JSON, CSV or Parquet.

Routes only; records, lists and figures are made elsewhere in the portal.
"""
