"""Checks the passwords of staff with a directory (LDAPv3: OpenLDAP, Active Directory and kin).

Which roles there are, and what else staff must prove, is not decided here: a group becomes a word.
"""
