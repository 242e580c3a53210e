"""Grafana boards as code: built, checked against their committed JSON, and published.

Boards read views of the warehouse and nothing else; no service imports this package.
"""

import warnings

# The SDK warns on import that it prefers the v2 schema; provisioning and /api/dashboards/db take the classic one.
with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="Prefer using dashboardv2", category=DeprecationWarning)
    from grafana_foundation_sdk.builders import dashboard, dashboardv2beta1  # noqa: F401
