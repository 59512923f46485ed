"""The tables of the ground floor, in the order they came."""
