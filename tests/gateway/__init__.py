"""The gateway, through HTTP, with the log in memory."""
