"""Campaigns: lists of people, reached one call each, paced, controlled, shown."""
