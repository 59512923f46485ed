"""`manage.py apply`: declarative configuration from YAML files.

`document` reads files into nodes that know their place, `reading` turns nodes into frozen values,
`plan` compares them with what is there, `sections/` has one module per kind of thing.
"""
