"""Pure decisions: facts in, decision out. No HTTP, no Django, no clock."""
