"""Boards: their JSON, their queries on the real engine, and publishing them."""
