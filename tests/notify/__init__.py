"""Tests of alert delivery: who is told, what is recorded, which addresses are refused, and kills in between."""
