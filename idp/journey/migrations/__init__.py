"""The journey's tables as they came to be."""
