"""Filters for the console's templates."""
