"""One module per command of `manage.py` that needs Django."""
