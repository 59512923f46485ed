"""The hall: login, verification, access and consent, between any door's request and its outcome."""
