"""Texts: measured, sent once, followed, answered."""
