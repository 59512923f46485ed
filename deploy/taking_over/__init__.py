"""Taking over another platform's clients: its export as declarations, judged like any other."""
