"""The files of deploy/, checked without a Docker engine, a ClickHouse server or a Grafana."""
