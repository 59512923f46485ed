"""People out of another platform's export: read, matched with those we know, kept, taken back.

Owns the form of the export, what becomes of each row, and the checkpoint. Which file, which source
and what is shown of it all is the command's; clients are the clients room's.
"""
