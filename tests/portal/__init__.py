"""The portal, through HTTP, over a real warehouse."""
