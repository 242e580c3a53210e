"""The sink: its pure batch, its loop on fakes, and the whole of it on a real broker and a real warehouse."""
