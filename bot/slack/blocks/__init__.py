"""Views: pure functions from what is stored to what Slack draws."""
