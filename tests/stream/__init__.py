"""The tracker: its loop on fakes, and whole trackers on the embedded broker."""
