"""Tests of the simulated country: its plan, its clock, its loop, and a kill in the middle."""
