"""The console: where a city's administrators see and change things. Holds no rules of its own."""
