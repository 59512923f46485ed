"""The ground floor's commands."""
