"""Reading photographed and scanned documents: a picture in, proven lines out, nothing kept.

Owns which pictures are taken, the child process that decodes them, and the deadline. It is an
optional extra: without its libraries every picture is refused as unavailable, typing still works.
What a zone means is `connectors.documents.mrz`'s; asking an authority is the adapters'.
"""
