"""Django finds the commands of `manage.py` here."""
